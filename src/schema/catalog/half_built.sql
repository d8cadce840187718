-- Indexes under the names that they have while they are built beside the batches (half_built.ts), of tables that
-- the role may change. Parameters: $1 oids of the tables, null for all.
-- Returns: one row per index. Takes no locks.
select
  n.nspname::text as schema,
  c.relname::text as name,
  i.indrelid::text as "table",
  t.relname::text as "tableName",
  i.indisvalid and i.indisready as "isBuilt"
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class t on t.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relname like 'teleport\_build\_%'
  and n.nspname !~ '^pg_temp'
  and ($1::oid[] is null or i.indrelid = any ($1::oid[]))
  and pg_catalog.pg_has_role(c.relowner, 'usage')
order by n.nspname, c.relname
