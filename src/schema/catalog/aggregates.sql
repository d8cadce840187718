-- Aggregates of user schemas as CREATE AGGREGATE takes them. Parameters: none. Returns: one row per
-- aggregate. Extension members are left out. Takes no locks.
select
  p.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  p.proname::text as name,
  'aggregate'::text as what,
  '(' || coalesce(nullif(pg_catalog.pg_get_function_identity_arguments(p.oid), ''), '*') || ')' as signature,
  '(' || coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*') || ') (' || pg_catalog.array_to_string(array[
    'sfunc = ' || a.aggtransfn::pg_catalog.regproc,
    'stype = ' || pg_catalog.format_type(a.aggtranstype, null),
    'sspace = ' || nullif(a.aggtransspace, 0), -- since 9.4, before:
    'finalfunc = ' || nullif(a.aggfinalfn, 0)::pg_catalog.regproc,
    case when a.aggfinalextra then 'finalfunc_extra' end, -- since 9.4, before:
    case when a.aggfinalmodify <> case when a.aggkind = 'n' then 'r' else 'w' end then 'finalfunc_modify = ' || case a.aggfinalmodify when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end end, -- since 11, before:
    'combinefunc = ' || nullif(a.aggcombinefn, 0)::pg_catalog.regproc, -- since 9.6, before:
    'serialfunc = ' || nullif(a.aggserialfn, 0)::pg_catalog.regproc, -- since 9.6, before:
    'deserialfunc = ' || nullif(a.aggdeserialfn, 0)::pg_catalog.regproc, -- since 9.6, before:
    'initcond = ' || pg_catalog.quote_literal(a.agginitval),
    'msfunc = ' || nullif(a.aggmtransfn, 0)::pg_catalog.regproc, -- since 9.4, before:
    'minvfunc = ' || nullif(a.aggminvtransfn, 0)::pg_catalog.regproc, -- since 9.4, before:
    'mstype = ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), null), -- since 9.4, before:
    'msspace = ' || nullif(a.aggmtransspace, 0), -- since 9.4, before:
    'mfinalfunc = ' || nullif(a.aggmfinalfn, 0)::pg_catalog.regproc, -- since 9.4, before:
    case when a.aggmfinalextra then 'mfinalfunc_extra' end, -- since 9.4, before:
    case when a.aggmtransfn <> 0 and a.aggmfinalmodify <> case when a.aggkind = 'n' then 'r' else 'w' end then 'mfinalfunc_modify = ' || case a.aggmfinalmodify when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end end, -- since 11, before:
    'minitcond = ' || pg_catalog.quote_literal(a.aggminitval), -- since 9.4, before:
    case when a.aggkind = 'h' then 'hypothetical' end, -- since 9.4, before:
    case p.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end, -- since 9.6, before:
    'sortop = operator(' || pg_catalog.quote_ident(sn.nspname) || '.' || s.oprname || ')'
  ], ', ') || ')' as definition,
  array[]::text[] as adds,
  array[]::text[] as drops
from pg_catalog.pg_aggregate a
join pg_catalog.pg_proc p on p.oid = a.aggfnoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
left join pg_catalog.pg_operator s on s.oid = a.aggsortop
left join pg_catalog.pg_namespace sn on sn.oid = s.oprnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      and d.objid = p.oid
      and d.deptype = 'e'
  )
