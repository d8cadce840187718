-- Keys, foreign keys, checks and indexes of the tables in one schema, by name and state, without that
-- schema's name. $1: the schema. Returns: lines in order. Locks: none that matter.
select pg_catalog.concat_ws(
  ' ', c.relname, k.conname, k.contype, k.convalidated, pg_catalog.array_to_string(k.conkey, ',')
) as line
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and k.contype in ('p', 'u', 'x', 'f', 'c') and k.conparentid = 0
union all
select pg_catalog.concat_ws(
  ' ', c.relname, x.indisunique, x.indisvalid,
  pg_catalog.replace(pg_catalog.pg_get_indexdef(x.indexrelid), $1 || '.', '')
)
from pg_catalog.pg_index x
join pg_catalog.pg_class c on c.oid = x.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1
order by line;
