-- Sequences of user schemas before 10, where options lie in the sequence: those of one that the role
-- may not read come out as the defaults. Parameters: none. Returns: as sequences.sql. Takes
-- ACCESS SHARE on the sequences.
select
  o.oid,
  o.schema_oid,
  o.schema,
  o.name,
  'bigint'::text as type,
  -- The fields straight from the call: what a CASE or a subquery makes of it is a record without names.
  case when o.may_read then (pg_catalog.pg_sequence_parameters(o.relation)).start_value else 1 end::text as start,
  case when o.may_read then (pg_catalog.pg_sequence_parameters(o.relation)).increment else 1 end::text as increment,
  case when o.may_read then (pg_catalog.pg_sequence_parameters(o.relation)).minimum_value else 1 end::text as min,
  case
    when o.may_read then (pg_catalog.pg_sequence_parameters(o.relation)).maximum_value
    else 9223372036854775807
  end::text as max,
  '1'::text as cache,
  case when o.may_read then (pg_catalog.pg_sequence_parameters(o.relation)).cycle_option else false end as is_cycled,
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
    c.oid as relation,
    pg_catalog.has_sequence_privilege(c.oid, 'select, usage, update') as may_read,
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
