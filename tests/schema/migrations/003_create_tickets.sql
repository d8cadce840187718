create table tickets (
  id serial primary key,
  account_id integer not null references accounts,
  requester_id integer references users on delete set null,
  subject varchar(200) not null,
  body text,
  status varchar(20) not null default 'open' check (status in ('open', 'waiting', 'closed')),
  created_at timestamp not null default now(),
  updated_at timestamp
);
create index index_tickets_on_account_id on tickets (account_id);
