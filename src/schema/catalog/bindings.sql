-- What is bound to objects of some schemas that belong to no extension, and lies elsewhere itself.
-- Parameters: $1 names of the schemas. Returns: one row per dependency: `binding` tells it from others,
-- `object` is what it is bound to. What has no schema (casts, members of operator families) counts as
-- lying elsewhere. Takes no locks.
with recursive schema as (
  select n.oid from pg_catalog.pg_namespace n where n.nspname = any ($1::text[])
),
present as (
  select c.tableoid as class, c.oid, c.relnamespace as schema from pg_catalog.pg_class c
  union all
  select t.tableoid, t.oid, t.typnamespace from pg_catalog.pg_type t
  union all
  select p.tableoid, p.oid, p.pronamespace from pg_catalog.pg_proc p
  union all
  select o.tableoid, o.oid, o.oprnamespace from pg_catalog.pg_operator o
  union all
  select o.tableoid, o.oid, o.opcnamespace from pg_catalog.pg_opclass o
  union all
  select o.tableoid, o.oid, o.opfnamespace from pg_catalog.pg_opfamily o
  union all
  select o.tableoid, o.oid, o.collnamespace from pg_catalog.pg_collation o
  union all
  select o.tableoid, o.oid, o.cfgnamespace from pg_catalog.pg_ts_config o
  union all
  select o.tableoid, o.oid, o.dictnamespace from pg_catalog.pg_ts_dict o
),
inside as (
  select p.class, p.oid
  from present p
  join schema on schema.oid = p.schema
),
-- An array type of an extension's type is the type's, not the extension's.
ownership as (
  select i.class, i.oid, i.class as owner_class, i.oid as owner
  from inside i
  union
  select o.class, o.oid, d.refclassid, d.refobjid
  from ownership o
  join pg_catalog.pg_depend d
    on d.classid = o.owner_class
    and d.objid = o.owner
    and d.deptype = 'i'
),
member as (
  select o.class, o.oid
  from ownership o
  join pg_catalog.pg_depend d
    on d.classid = o.owner_class
    and d.objid = o.owner
    and d.deptype = 'e'
),
outside as (
  select i.class, i.oid
  from inside i
  except
  select m.class, m.oid
  from member m
),
bound as (
  select
    d.*,
    case
      when d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass then d.objid
      else coalesce(r.ev_class, a.adrelid, nullif(k.conrelid, 0), t.tgrelid)
    end as relation
  from outside o
  join pg_catalog.pg_depend d
    on d.refclassid = o.class
    and d.refobjid = o.oid
    and d.deptype in ('n', 'a')
  left join pg_catalog.pg_rewrite r on r.tableoid = d.classid and r.oid = d.objid
  left join pg_catalog.pg_attrdef a on a.tableoid = d.classid and a.oid = d.objid
  left join pg_catalog.pg_constraint k on k.tableoid = d.classid and k.oid = d.objid
  left join pg_catalog.pg_trigger t on t.tableoid = d.classid and t.oid = d.objid
)
select
  pg_catalog.concat_ws(
    ' ', b.classid, b.objid, b.objsubid, b.refclassid, b.refobjid, b.refobjsubid
  ) as binding,
  i.type || ' ' || i.identity as object -- since 9.3, before: pg_catalog.pg_describe_object(b.refclassid, b.refobjid, 0) as object
from bound b
cross join lateral pg_catalog.pg_identify_object(b.refclassid, b.refobjid, 0) i -- since 9.3, before:
where (b.classid, b.objid) not in (select inside.class, inside.oid from inside)
  and coalesce(b.relation, 0) not in (
    select inside.oid
    from inside
    where inside.class = 'pg_catalog.pg_class'::pg_catalog.regclass
  )
order by 2, 1
