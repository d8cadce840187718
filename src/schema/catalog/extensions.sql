-- Extensions. Parameters: none. Returns: one row per extension but plpgsql. Takes no locks.
select
  e.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  e.extname::text as name,
  e.extversion as version,
  coalesce(pg_catalog.array_length(e.extconfig, 1), 0) > 0 as has_configuration
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname <> 'plpgsql'
