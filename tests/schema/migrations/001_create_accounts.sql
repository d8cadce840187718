create table accounts (
  id serial primary key,
  name varchar(100) not null,
  subdomain varchar(63) not null,
  street varchar(200),
  city varchar(100),
  created_at timestamp not null default now()
);
create unique index index_accounts_on_subdomain on accounts (subdomain);
