-- The relations that store a table's rows: the table itself, or the leaves of its partition tree.
-- Parameters: $1 oid of the root. Returns: leaf, schema, name, filenode, bytes (main fork), rows (an
-- estimate, -1 unknown), is_heap. Locks: none.
with recursive tree (member) as (
  select $1::oid
  union all
  select i.inhrelid
  from tree t
  join pg_catalog.pg_class p on p.oid = t.member and p.relkind = 'p'
  join pg_catalog.pg_inherits i on i.inhparent = t.member
)
select
  c.oid as leaf,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relfilenode as filenode,
  pg_catalog.pg_relation_size(c.oid)::text as bytes,
  c.reltuples::float8 as rows,
  c.relpages as pages
from tree t
join pg_catalog.pg_class c on c.oid = t.member and c.relkind = 'r'
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by c.oid
