-- Columns whose values travel, by relation, in order: not dropped and not generated (the target computes
-- those). Parameters: $1 oids of relations. Returns: relation, columns.
-- Locks: none.
select
  a.attrelid as relation,
  pg_catalog.array_agg(a.attname::text order by a.attnum) as columns
from pg_catalog.pg_attribute a
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
  and a.attgenerated = '' -- since 12, before:
group by a.attrelid
