-- Sequences that could be replicated, with their last value where it is known at once. Parameters:
-- none. Returns: one row per sequence that the role may read; last_value is null for one that was not
-- used yet, which has to be read by itself. Takes no locks.
select
  n.nspname::text as schema,
  c.relname::text as name,
  tn.nspname::text as owner_schema,
  t.relname::text as owner_name,
  pg_catalog.pg_sequence_last_value(c.oid)::text as last_value -- since 10, before: null::text as last_value
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_depend d
  on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objid = c.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.refobjsubid > 0
  and d.deptype in ('a', 'i')
left join pg_catalog.pg_class t on t.oid = d.refobjid
left join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
where c.relkind = 'S'
  and c.relpersistence <> 't'
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  -- CASE, since conditions run in any order and this one fails on what is no sequence.
  and case when c.relkind = 'S' then pg_catalog.has_sequence_privilege(c.oid, 'select') end
