-- Columns of a table whose type is a domain, with the type under it: staging holds deleted rows, whose
-- columns are null, and a domain may forbid that. Parameters: $1 schema, $2 name. Returns: name, type.
-- Locks: none.
with recursive base (attnum, type, modifier) as (
  select a.attnum, a.atttypid, a.atttypmod
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1
    and c.relname = $2
    and a.attnum > 0
    and not a.attisdropped
  union all
  select b.attnum, t.typbasetype, t.typtypmod
  from base b
  join pg_catalog.pg_type t on t.oid = b.type
  where t.typtype = 'd'
)
select a.attname::text as name, pg_catalog.format_type(b.type, b.modifier) as type
from base b
join pg_catalog.pg_type t on t.oid = b.type
join pg_catalog.pg_class c on c.relname = $2
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = b.attnum
where t.typtype <> 'd'
  and b.type <> a.atttypid
order by a.attnum
