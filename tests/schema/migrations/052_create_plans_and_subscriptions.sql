create type plan_kind as enum ('free', 'basic', 'legacy', 'enterprise');
create table plans (id serial primary key, kind plan_kind not null, price numeric(8, 2) not null default 0);
insert into plans (kind, price) values ('free', 0), ('basic', 9.99), ('legacy', 5), ('enterprise', 199);
create table subscriptions (
  id serial primary key,
  account_id integer not null references accounts,
  plan_id integer not null references plans,
  starts_on date not null default current_date,
  ends_on date
);
