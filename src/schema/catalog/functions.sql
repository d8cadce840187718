-- Functions and procedures of user schemas, without their definitions. Parameters: none.
-- Returns: one row per routine but aggregates. Extension members are left out. Takes no locks.
select
  p.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  p.proname::text as name,
  p.prokind::text as kind, -- since 11, before: case when p.proiswindow then 'w' else 'f' end as kind,
  l.lanname::text as language,
  pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
  array(
    select pg_catalog.format_type(p.proargtypes[position], null)
    from pg_catalog.generate_subscripts(p.proargtypes, 1) position
    order by position
  ) as inputs,
  pg_catalog.concat_ws(
    ' ',
    p.prokind, -- since 11, before: p.proiswindow,
    p.prorettype,
    p.proretset,
    coalesce(p.proallargtypes::text, p.proargtypes::text),
    p.proargmodes::text,
    p.proargnames::text
  ) as identity,
  p.pronargdefaults::int as default_count
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and p.prokind <> 'a' -- since 11, before: and not p.proisagg
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      and d.objid = p.oid
      and d.deptype in ('e', 'i')
  )
