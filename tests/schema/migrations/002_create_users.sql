create table users (
  id serial primary key,
  account_id integer not null references accounts,
  email varchar(255) not null,
  name varchar(100),
  created_at timestamp not null default now()
);
create index index_users_on_account_id on users (account_id);
