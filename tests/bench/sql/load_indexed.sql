-- Rows of the load's table with secondary indexes. Parameters: $1 how many. Locks: as an INSERT takes.
insert into public.indexed
select
  n,
  (pg_catalog.hashint8(n) % 500000)::integer,
  timestamptz '2026-01-01 00:00+00' + (n % 3000000) * interval '7 seconds',
  (array['new', 'paid', 'sent', 'closed'])[1 + n % 4],
  (n % 100000) / 100.0,
  pg_catalog.md5(n::text)
from pg_catalog.generate_series(1, $1::bigint) n
