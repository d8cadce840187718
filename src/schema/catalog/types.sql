-- Enums, domains, ranges and stand-alone composite types of user schemas, and the base types that are
-- not replicated. Parameters: none. Returns: one row per type; what a kind does not have is null or
-- empty. Extension members are left out. Takes no locks.
select
  t.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  t.typname::text as name,
  t.typtype::text as kind,
  t.typrelid::text as relation,
  array(
    select e.oid::text
    from pg_catalog.pg_enum e
    where e.enumtypid = t.oid
    order by e.enumsortorder
  ) as label_oids,
  array(
    select e.enumlabel::text
    from pg_catalog.pg_enum e
    where e.enumtypid = t.oid
    order by e.enumsortorder
  ) as label_names,
  case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base_type,
  t.typbasetype::text || ' ' || t.typtypmod || ' ' || t.typcollation::text as type_identity,
  cn.nspname::text as collation_schema,
  c.collname::text as collation_name,
  pg_catalog.pg_get_expr(t.typdefaultbin, 0) as default_expression,
  t.typnotnull as is_not_null,
  r.subtype,
  r.operator_class,
  r.subtype_diff,
  r.collation_schema as range_collation_schema,
  r.collation_name as range_collation_name,
  r.has_canonical,
  r.multirange
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_collation c
  on c.oid = t.typcollation and t.typtype = 'd' and t.typcollation <> b.typcollation
left join pg_catalog.pg_namespace cn on cn.oid = c.collnamespace
left join (
  select
    g.rngtypid,
    pg_catalog.format_type(g.rngsubtype, null) as subtype,
    case
      when not o.opcdefault
      then pg_catalog.quote_ident(qn.nspname) || '.' || pg_catalog.quote_ident(o.opcname)
    end as operator_class,
    case when g.rngsubdiff <> 0 then g.rngsubdiff::pg_catalog.regproc::text end as subtype_diff,
    case when g.rngcollation <> s.typcollation then gn.nspname::text end as collation_schema,
    case when g.rngcollation <> s.typcollation then gc.collname::text end as collation_name,
    g.rngcanonical <> 0 as has_canonical,
    m.typname::text as multirange -- since 14, before: null::text as multirange
  from pg_catalog.pg_range g
  join pg_catalog.pg_type s on s.oid = g.rngsubtype
  join pg_catalog.pg_opclass o on o.oid = g.rngsubopc
  join pg_catalog.pg_namespace qn on qn.oid = o.opcnamespace
  left join pg_catalog.pg_type m on m.oid = g.rngmultitypid -- since 14, before:
  left join pg_catalog.pg_collation gc on gc.oid = g.rngcollation
  left join pg_catalog.pg_namespace gn on gn.oid = gc.collnamespace
) r on r.rngtypid = t.oid
left join pg_catalog.pg_class k on k.oid = t.typrelid
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and (t.typtype in ('e', 'd', 'r') or k.relkind = 'c' or (t.typtype = 'b' and t.typelem = 0))
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.deptype = 'e'
      and (
        (d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid)
        or (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = t.typrelid)
      )
  )
