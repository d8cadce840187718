-- Names and kinds of all that one schema holds, indexes and sequences among them. $1: the schema.
-- Returns: rows in order. Locks: none that matter.
select c.relname, c.relkind::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
order by c.relname collate "C";
