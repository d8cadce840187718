-- Whether a table has values of the type "char": in a column, an array, a composite type, or a domain over
-- one of them. Parameters: $1 schema, $2 name. Returns: found. Locks: none.
with recursive part (type) as (
  select a.atttypid
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1
    and c.relname = $2
    and a.attnum > 0
    and not a.attisdropped
  union
  select pg_catalog.unnest(
    -- The type name says that it is made of these, but is no array.
    array[t.typbasetype, case when t.typlen = -1 then t.typelem end]
      || array(
        select a.atttypid
        from pg_catalog.pg_attribute a
        where a.attrelid = t.typrelid
          and a.attnum > 0
          and not a.attisdropped
      )
  )
  from part p
  join pg_catalog.pg_type t on t.oid = p.type
)
select exists (
  select 1
  from part p
  where p.type = 'pg_catalog."char"'::pg_catalog.regtype
) as found
