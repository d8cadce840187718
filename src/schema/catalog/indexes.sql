-- Valid indexes of tables that no constraint owns. Parameters: $1 oids of the tables.
-- Returns: one row per index. `prefixes` are the two ways the definition can begin, up to USING;
-- `key` the columns of an index that could stand for a missing primary key. Takes no locks.
select
  i.indexrelid::text as oid,
  i.indrelid::text as "table",
  n.nspname::text as schema,
  c.relname::text as name,
  i.indisunique as is_unique,
  pg_catalog.pg_get_indexdef(i.indexrelid, 0, true) as definition,
  array[
    pg_catalog.quote_ident(t.relname),
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname)
  ]::text[] as table_names,
  pg_catalog.quote_ident(c.relname)::text as quoted_name,
  (select h.inhparent::text from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid) as parent,
  case
    when i.indisunique and i.indimmediate and i.indpred is null and i.indexprs is null
      and not exists (
        select 1
        from pg_catalog.pg_attribute a
        where a.attrelid = i.indrelid
          and not a.attnotnull
          and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) -- since 11, before: and a.attnum = any (i.indkey::int2[])
      )
    then array(
      select a.attname::text
      from pg_catalog.generate_series(
        0,
        i.indnkeyatts - 1 -- since 11, before: i.indnatts - 1
      ) position
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[position]
      order by position
    )
  end as key,
  coalesce(c.reloptions, '{}')::text[] as options,
  array(
    select a.attnum || '=' || a.attstattarget
    from pg_catalog.pg_attribute a
    where a.attrelid = i.indexrelid and a.attstattarget >= 0
    order by a.attnum
  ) as statistics,
  i.indisclustered as is_clustered,
  i.indisreplident as is_replica_identity, -- since 9.4, before: false as is_replica_identity,
  (select s.spcname::text from pg_catalog.pg_tablespace s where s.oid = c.reltablespace) as tablespace
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class t on t.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where i.indrelid = any ($1::oid[])
  and i.indisvalid
  and i.indisready
  and c.relname not like 'teleport\_build\_%' -- half_built.ts
  and not exists (
    select 1
    from pg_catalog.pg_constraint o
    where o.conrelid = i.indrelid
      and o.conindid = i.indexrelid
      and o.contype in ('p', 'u', 'x')
  )
