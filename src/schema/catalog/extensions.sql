-- Extensions. Parameters: none. Returns: one row per extension but plpgsql. Takes no locks.
select e.oid::text as oid, e.extname::text as name, n.nspname::text as schema
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
where e.extname <> 'plpgsql'
