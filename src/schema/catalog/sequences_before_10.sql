-- Sequences of user schemas before 10, where options lie in the sequence: those of one that the role
-- may not read come out as the defaults. Parameters: none. Returns: as sequences.sql. Takes
-- ACCESS SHARE on the sequences.
select
  o.oid,
  o.schema_oid,
  o.schema,
  o.name,
  'bigint'::text as type,
  coalesce((o.options).start_value, 1)::text as start,
  coalesce((o.options).increment, 1)::text as increment,
  coalesce((o.options).minimum_value, 1)::text as min,
  coalesce((o.options).maximum_value, 9223372036854775807)::text as max,
  '1'::text as cache,
  coalesce((o.options).cycle_option, false) as is_cycled,
  false as is_unlogged,
  o.owner_table,
  o.owner_number,
  false as is_identity
from (
  select
    c.oid::text as oid,
    n.oid::text as schema_oid,
    n.nspname::text as schema,
    c.relname::text as name,
    case
      when pg_catalog.has_sequence_privilege(c.oid, 'select, usage, update')
      then pg_catalog.pg_sequence_parameters(c.oid)
    end as options,
    d.refobjid::text as owner_table,
    d.refobjsubid::int as owner_number
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.objid = c.oid
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.refobjsubid > 0
    and d.deptype = 'a'
  where c.relkind = 'S'
    and c.relpersistence <> 't'
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'teleport')
    and not exists (
      select 1
      from pg_catalog.pg_depend e
      where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and e.objid = c.oid
        and e.deptype = 'e'
    )
) o
