-- Rows of the load's wide table: documents and texts of one to two KB with what COPY has to escape, every
-- fiftieth of 12 KB, which is kept out of line. Parameters: $1 how many. Locks: as an INSERT takes.
insert into public.wide
select
  n,
  pg_catalog.jsonb_build_object(
    'id', n,
    'name', pg_catalog.md5(n::text),
    'said', 'He said "no"' || pg_catalog.chr(10) || 'and left: C:\' || n,
    'tags', pg_catalog.jsonb_build_array(n % 7, n % 11, pg_catalog.md5((n + 1)::text)),
    'address', pg_catalog.jsonb_build_object(
      'street', pg_catalog.repeat(pg_catalog.md5((n + 2)::text), 3),
      'zip', n % 100000,
      'since', timestamp '2026-01-01' + n * interval '1 minute'
    ),
    'amount', n * 1.25
  ),
  case
    when n % 50 = 0 then (
      select pg_catalog.string_agg(pg_catalog.md5((n * 1000 + part)::text), pg_catalog.chr(9))
      from pg_catalog.generate_series(1, 360) part
    )
    else pg_catalog.repeat(pg_catalog.md5((n + 3)::text), 15 + (n % 20)::integer)
  end
from pg_catalog.generate_series(1, $1::bigint) n
