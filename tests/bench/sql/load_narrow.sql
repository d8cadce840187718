-- Rows of the load's narrow table. Parameters: $1 how many. Locks: as an INSERT takes.
insert into public.narrow
select
  n,
  n % 1000,
  (pg_catalog.hashint8(n) % 1000000)::integer,
  timestamptz '2026-01-01 00:00+00' + n * interval '1 second'
from pg_catalog.generate_series(1, $1::bigint) n
