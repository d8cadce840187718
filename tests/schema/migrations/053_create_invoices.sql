create domain amount as numeric(10, 2) check (value >= 0);
create table invoices (
  id uuid primary key default gen_random_uuid(),
  subscription_id integer not null references subscriptions,
  total amount not null,
  paid boolean not null default false
);
