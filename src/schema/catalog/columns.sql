-- Columns of tables, with their defaults. Parameters: $1 oids of the tables.
-- Returns: one row per column that is not dropped. Takes no locks.
select
  a.attrelid::text as "table",
  a.attnum::int as number,
  a.attname::text as name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  a.atttypid::text || ' ' || a.atttypmod || ' ' || a.attcollation::text as type_identity,
  n.nspname::text as collation_schema,
  o.collname::text as collation_name,
  -- One that was added NOT VALID (18) does not bind the older rows.
  a.attnotnull and (a.attrelid, a.attnum) not in (
    select t.conrelid, t.conkey[1]
    from pg_catalog.pg_constraint t
    where t.contype = 'n' and not t.convalidated
  ) as is_not_null,
  a.attinhcount > 0 as is_inherited,
  a.attislocal as is_local,
  a.attidentity::text as identity, -- since 10, before: ''::text as identity,
  a.attgenerated::text as generated, -- since 12, before: ''::text as generated,
  a.attstorage::text as storage,
  t.typstorage::text as type_storage,
  nullif(a.attcompression::text, '') as compression, -- since 14, before: null::text as compression,
  nullif(a.attstattarget, -1)::int as statistics,
  coalesce(a.attoptions, '{}')::text[] as options,
  d.oid::text as default_oid,
  pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default_expression,
  -- The value is the only element of an array, and box separates elements by another character.
  case when a.atthasmissing then case when t.typdelim = ',' or a.attmissingval::text like '{"%' then (a.attmissingval::text::text[])[1] else pg_catalog.btrim(a.attmissingval::text, '{}') end end as missing_value -- since 11, before: null::text as missing_value
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_collation o on o.oid = a.attcollation and a.attcollation <> t.typcollation
left join pg_catalog.pg_namespace n on n.oid = o.collnamespace
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
