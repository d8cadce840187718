-- Statistics objects of tables, from 10 on. Parameters: $1 oids of the tables, null for all.
-- Returns: one row per object; columns as CREATE STATISTICS lists them. Takes no locks.
select
  s.oid::text as oid,
  s.stxrelid::text as "table",
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  s.stxname::text as name,
  s.stxkind::text[] as kinds,
  pg_catalog.array_length(s.stxkeys::int2[], 1) as column_count,
  case when s.stxexprs is not null then pg_catalog.cardinality(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)) else 0 end as expression_count, -- since 14, before: 0 as expression_count,
  pg_catalog.pg_get_statisticsobjdef_columns(s.oid) as columns, -- since 14, before: (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = s.stxrelid and a.attnum = any (s.stxkeys::int2[])) as columns,
  nullif(s.stxstattarget, -1)::int as target -- since 13, before: null::int as target
from pg_catalog.pg_statistic_ext s
join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
where ($1::oid[] is null or s.stxrelid = any ($1::oid[]))
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = s.tableoid and d.objid = s.oid and d.deptype = 'e'
  )
