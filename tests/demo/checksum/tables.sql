-- The tables of a schema, partitions by their root. Parameters: $1 the schema's name.
-- Returns: name, in its order. Locks: ACCESS SHARE on catalogs.
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname::text collate "C";
