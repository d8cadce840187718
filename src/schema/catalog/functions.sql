-- Functions and procedures of user schemas, without their definitions. Parameters: none.
-- Returns: one row per routine. Trigger functions and extension members are left out. Takes no locks.
select
  p.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  p.proname::text as name,
  p.prokind::text as kind, -- since 11, before: case when p.proisagg then 'a' when p.proiswindow then 'w' else 'f' end as kind,
  l.lanname::text as language,
  pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and p.prorettype not in (
    select t.oid
    from pg_catalog.pg_type t
    where t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace -- since 9.5, before: where true
      and t.typname in ('trigger', 'event_trigger')
  )
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      and d.objid = p.oid
      and d.deptype in ('e', 'i')
  )
