-- Views and materialized views. Parameters: $1 oids of relations. Returns: one row per view, its query
-- deparsed under the session's search_path; contents: REFRESH writes the row, CONCURRENTLY too. Takes no
-- locks.
select
  c.oid::text as oid,
  c.relkind = 'm' as is_materialized,
  coalesce(c.reloptions, '{}')::text[] as options,
  pg_catalog.pg_get_viewdef(c.oid) as definition,
  c.relispopulated as is_populated, -- since 9.3, before: true as is_populated,
  case when c.relkind = 'm' then c.xmin::text else '' end as contents
from pg_catalog.pg_class c
where c.oid = any ($1::oid[])
  and c.relkind in ('v', 'm')
