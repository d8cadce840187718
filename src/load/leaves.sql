-- The relations that store a table's rows: the table itself, or the leaves of its partition tree.
-- Parameters: $1 oid of the root. Returns: leaf, schema, name, filenode, column_marks (of what pg_attribute
-- says, changed by whatever changes values without row events), heap_bytes (of the main fork), toast_bytes, block_bytes,
-- row_estimate and page_estimate (of the last VACUUM or ANALYZE), is_heap. Locks: ACCESS SHARE on each, for a moment.
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
  (
    select pg_catalog.md5(
      pg_catalog.string_agg(a.attnum::text || ':' || a.xmin::text, ',' order by a.attnum)
    )
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0
  ) as column_marks,
  pg_catalog.pg_relation_size(c.oid)::float8 as heap_bytes,
  coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)), 0)::float8 as toast_bytes,
  pg_catalog.current_setting('block_size')::integer as block_bytes,
  c.reltuples::float8 as row_estimate,
  c.relpages as page_estimate,
  coalesce(
    (select a.amname = 'heap' from pg_catalog.pg_am a where a.oid = nullif(c.relam, 0)),
    true
  ) as is_heap
from tree t
join pg_catalog.pg_class c on c.oid = t.member and c.relkind = 'r'
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by c.oid
