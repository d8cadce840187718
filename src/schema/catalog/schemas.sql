-- Schemas of the database. Parameters: none. Returns: one row per schema. Takes no locks.
select
  n.oid::text as oid,
  n.nspname::text as name,
  exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
      and d.objid = n.oid
      and d.deptype = 'e'
  ) as is_member
from pg_catalog.pg_namespace n
