-- Names that a residual `schema.name` can mean, and names that extensions brought. Parameters: $1 a
-- schema (may be empty). Returns: one row per name; extension is the oid of the one that owns it.
-- Takes no locks.
with named as (
  select c.tableoid as class, c.oid, c.relnamespace as schema, c.relname::text as name
  from pg_catalog.pg_class c
  union all
  select t.tableoid, t.oid, t.typnamespace, t.typname::text from pg_catalog.pg_type t
  union all
  select p.tableoid, p.oid, p.pronamespace, p.proname::text from pg_catalog.pg_proc p
  union all
  select o.tableoid, o.oid, o.oprnamespace, o.oprname::text from pg_catalog.pg_operator o
  union all
  select o.tableoid, o.oid, o.collnamespace, o.collname::text from pg_catalog.pg_collation o
  union all
  select o.tableoid, o.oid, o.opcnamespace, o.opcname::text from pg_catalog.pg_opclass o
  union all
  select o.tableoid, o.oid, o.opfnamespace, o.opfname::text from pg_catalog.pg_opfamily o
  union all
  select o.tableoid, o.oid, o.cfgnamespace, o.cfgname::text from pg_catalog.pg_ts_config o
  union all
  select o.tableoid, o.oid, o.dictnamespace, o.dictname::text from pg_catalog.pg_ts_dict o
)
select distinct n.name, s.nspname = $1 as is_in_schema, d.refobjid::text as extension
from named n
join pg_catalog.pg_namespace s on s.oid = n.schema
left join pg_catalog.pg_depend d on d.classid = n.class and d.objid = n.oid and d.deptype = 'e'
where n.oid >= 16384
  and (s.nspname = $1 or d.refobjid is not null)
