-- TPC-B's tables as pgbench has them, but with a key for history; a marker whose value tells how far a
-- copy is, and rows that tell when they were written. Run by the application's role, and on the target
-- of native replication, which makes no tables.
create table branches (
  bid integer primary key,
  balance integer not null,
  filler character(88)
);
create table tellers (
  tid integer primary key,
  bid integer not null,
  balance integer not null,
  filler character(84)
);
create table accounts (
  aid integer primary key,
  bid integer not null,
  balance integer not null,
  filler character(84) not null default ''
);
create table history (
  id bigserial primary key,
  tid integer not null,
  bid integer not null,
  aid integer not null,
  delta integer not null,
  written_at timestamp not null,
  filler character(22)
);
create table marker (
  id integer primary key,
  value bigint not null
);
create table probe (
  id bigint primary key,
  written_at timestamptz not null
);
