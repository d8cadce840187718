-- Tables, partitioned tables and what stands beside them in user schemas. Parameters: $1 names, null
-- for all.
-- Returns: one row per relation, its keys and bounds deparsed under the session's search_path.
-- Takes no locks.
select
  c.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  c.relpersistence = 'u' as is_unlogged,
  c.relispartition as is_partition, -- since 10, before: false as is_partition,
  pg_catalog.pg_get_partkeydef(c.oid) as partition_key, -- since 10, before: null::text as partition_key,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bound, -- since 10, before: null::text as bound,
  array(
    select i.inhparent::text
    from pg_catalog.pg_inherits i
    where i.inhrelid = c.oid
    order by i.inhseqno
  ) as parents,
  exists (
    select 1
    from pg_catalog.pg_index i
    where i.indrelid = c.oid
      and i.indisunique
      and i.indisvalid
      and (i.indisprimary or i.indimmediate)
      and i.indpred is null
      and i.indexprs is null
      and not exists (
        select 1
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid
          and not a.attnotnull
          and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) -- since 11, before: and a.attnum = any (i.indkey::int2[])
      )
  ) as has_key,
  array(
    select o.option
    from (
      select pg_catalog.unnest(c.reloptions) as option
      union all
      select 'toast.' || pg_catalog.unnest(t.reloptions)
      from pg_catalog.pg_class t
      where t.oid = c.reltoastrelid
    ) o
  ) as options,
  (
    select m.amname::text
    from pg_catalog.pg_am m
    where m.oid = c.relam and c.relkind in ('r', 'p') and m.amname <> 'heap'
  ) as access_method, -- since 12, before: ) as access_method,
  case
    when c.relreplident <> 'i' then c.relreplident::text -- since 9.4, before: when true then 'd'
    when exists (
      select 1
      from pg_catalog.pg_index i
      where i.indrelid = c.oid and i.indisreplident -- since 9.4, before: where false
    )
    then 'i'
    else 'n'
  end as replica_identity,
  nullif(c.reloftype, 0)::text as of_type,
  (select t.spcname::text from pg_catalog.pg_tablespace t where t.oid = c.reltablespace) as tablespace
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relpersistence <> 't'
  and ($1::text[] is null or c.relname = any ($1::text[]))
  and n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.objid = c.oid
      and d.deptype = 'e'
  )
