-- Operators of user schemas. Parameters: none. Returns: one row per operator that has a function.
-- Extension members are left out. Takes no locks.
select
  o.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  o.oprname::text as name,
  'operator'::text as what,
  '(' || case when o.oprleft = 0 then 'none' else pg_catalog.format_type(o.oprleft, null) end || ', ' ||
    case when o.oprright = 0 then 'none' else pg_catalog.format_type(o.oprright, null) end || ')' as signature,
  ' (' || pg_catalog.array_to_string(array[
    'procedure = ' || o.oprcode,
    'leftarg = ' || pg_catalog.format_type(nullif(o.oprleft, 0), null),
    'rightarg = ' || pg_catalog.format_type(nullif(o.oprright, 0), null),
    'commutator = operator(' || pg_catalog.quote_ident(cn.nspname) || '.' || c.oprname || ')',
    'negator = operator(' || pg_catalog.quote_ident(gn.nspname) || '.' || g.oprname || ')',
    case when o.oprrest <> 0 then 'restrict = ' || o.oprrest end,
    case when o.oprjoin <> 0 then 'join = ' || o.oprjoin end,
    case when o.oprcanhash then 'hashes' end,
    case when o.oprcanmerge then 'merges' end
  ], ', ') || ')' as definition,
  array[]::text[] as adds,
  array[]::text[] as drops
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
left join pg_catalog.pg_operator c on c.oid = o.oprcom
left join pg_catalog.pg_namespace cn on cn.oid = c.oprnamespace
left join pg_catalog.pg_operator g on g.oid = o.oprnegate
left join pg_catalog.pg_namespace gn on gn.oid = g.oprnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and o.oprcode <> 0
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
      and d.objid = o.oid
      and d.deptype = 'e'
  )
