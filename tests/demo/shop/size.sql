-- How large the shop is, as ANALYZE counted it. Parameters: none. Returns: one row.
-- Locks: ACCESS SHARE on catalogs.
select count(*) filter (where not c.relispartition)::integer as tables,
  sum(c.reltuples) filter (where c.relkind = 'r')::integer as rows,
  pg_size_pretty(pg_database_size(current_database())) as size
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p');
