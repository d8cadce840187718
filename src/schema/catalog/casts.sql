-- Casts from or to types of users. Parameters: none. Returns: one row per cast, with the schema of what
-- it belongs to: its function, else a type. Extension members are left out. Takes no locks.
select
  c.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  '(' || pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null) || ')' as name,
  'cast'::text as what,
  ''::text as signature,
  case c.castmethod
    when 'f' then ' with function ' || c.castfunc::pg_catalog.regprocedure
    when 'i' then ' with inout'
    else ' without function'
  end || case c.castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' else '' end as definition,
  array[]::text[] as adds,
  array[]::text[] as drops
from pg_catalog.pg_cast c
join pg_catalog.pg_type s on s.oid = c.castsource
join pg_catalog.pg_type t on t.oid = c.casttarget
left join pg_catalog.pg_proc p on p.oid = c.castfunc
join pg_catalog.pg_namespace n on n.oid = case
  when p.oid >= 16384 then p.pronamespace
  when s.oid >= 16384 then s.typnamespace
  else t.typnamespace
end
where c.oid >= 16384
  and n.nspname <> 'teleport'
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
      and d.objid = c.oid
      -- A cast of a multirange comes with its range.
      and d.deptype in ('e', 'i')
  )
