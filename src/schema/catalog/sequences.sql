-- Sequences of user schemas from 10 on. Parameters: none. Returns: one row per sequence; numbers as
-- text. Extension members are left out. Takes no locks.
select
  c.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  c.relname::text as name,
  pg_catalog.format_type(s.seqtypid, null) as type,
  s.seqstart::text as start,
  s.seqincrement::text as increment,
  s.seqmin::text as min,
  s.seqmax::text as max,
  s.seqcache::text as cache,
  s.seqcycle as is_cycled,
  c.relpersistence = 'u' as is_unlogged,
  d.refobjid::text as owner_table,
  d.refobjsubid::int as owner_number,
  d.deptype = 'i' as is_identity
from pg_catalog.pg_sequence s
join pg_catalog.pg_class c on c.oid = s.seqrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objid = c.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.refobjsubid > 0
  and d.deptype in ('a', 'i')
where c.relpersistence <> 't'
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and e.objid = c.oid
      and e.deptype = 'e'
  )
