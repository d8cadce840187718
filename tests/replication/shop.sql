-- A database as it was before anybody thought of replicating it: some 60,000 rows, an enum, a composite
-- key, foreign keys, a partitioned table, jsonb, arrays, bytea, a generated and an identity column.
-- Run as the owner. Takes a second.
create type state as enum ('new', 'paid', 'shipped');
create domain cents as bigint check (value >= 0);
create table customer (
  id bigint generated always as identity primary key,
  email text not null unique,
  tags text[] not null default '{}',
  profile jsonb
);
create table orders (
  id bigserial primary key,
  customer_id bigint not null references customer on delete cascade,
  state state not null default 'new',
  placed_at timestamptz not null default now()
);
create table line (
  order_id bigint references orders on delete cascade,
  number int,
  price cents not null,
  quantity int not null,
  total bigint generated always as (price * quantity) stored,
  primary key (order_id, number)
);
create table measure (sensor int, at timestamp, value double precision, raw bytea, primary key (sensor, at))
  partition by range (at);
create table measure_1 partition of measure for values from ('2026-01-01') to ('2026-07-01');
create table measure_2 partition of measure for values from ('2026-07-01') to ('2027-01-01');
create index on orders (customer_id);
create index on line ((price * 2)) where quantity > 1;
insert into customer (email, tags, profile)
  select 'user' || i || '@example.org', array['a', 'b' || i], jsonb_build_object('n', i)
  from generate_series(1, 3000) i;
insert into orders (customer_id, placed_at)
  select i % 3000 + 1, timestamptz '2026-01-01' + i * interval '1 minute'
  from generate_series(1, 10000) i;
insert into line (order_id, number, price, quantity)
  select i, n, i * n, n from generate_series(1, 10000) i, generate_series(1, 3) n;
insert into measure
  select i % 20, timestamp '2026-01-01' + i * interval '17 minutes', sqrt(i), decode(md5(i::text), 'hex')
  from generate_series(1, 20000) i;
