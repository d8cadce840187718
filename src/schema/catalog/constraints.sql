-- Constraints of tables: primary, unique, exclusion, check, foreign keys, from 18 on NOT NULL. Parameters: $1 oids of the tables.
-- Returns: one row per constraint; foreign keys that PostgreSQL derives for partitions are left out.
-- Takes no locks.
select
  c.oid::text as oid,
  c.conrelid::text as "table",
  c.conname::text as name,
  c.contype::text as type,
  pg_catalog.pg_get_constraintdef(c.oid) as definition,
  c.convalidated as is_validated,
  c.coninhcount > 0 as is_inherited,
  c.conislocal as is_local,
  nullif(c.conparentid, 0)::text as parent, -- since 11, before: null::text as parent,
  c.conenforced as is_enforced, -- since 18, before: true as is_enforced,
  c.conperiod as has_period, -- since 18, before: false as has_period,
  nullif(c.confrelid, 0)::text as "references",
  c.confmatchtype = 'f' as is_match_full,
  (c.contype = 'p' or (c.contype = 'u' and not c.condeferrable)) and not exists (
    select 1
    from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and not a.attnotnull
  ) as is_key,
  array(
    select a.attname::text
    from pg_catalog.generate_subscripts(c.conkey, 1) position
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[position]
    order by position
  ) as columns,
  coalesce(c.conkey, '{}')::int[] as numbers,
  array(
    select a.attname::text
    from pg_catalog.generate_subscripts(c.confkey, 1) position
    join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = c.confkey[position]
    order by position
  ) as referenced_columns,
  coalesce(x.reloptions, '{}')::text[] as options,
  array(
    select a.attnum || '=' || a.attstattarget
    from pg_catalog.pg_attribute a
    where a.attrelid = x.oid and a.attstattarget >= 0
    order by a.attnum
  ) as statistics,
  coalesce(i.indisclustered, false) as is_clustered,
  coalesce(i.indisreplident, false) as is_replica_identity, -- since 9.4, before: false as is_replica_identity,
  (select s.spcname::text from pg_catalog.pg_tablespace s where s.oid = x.reltablespace) as tablespace
from pg_catalog.pg_constraint c
left join pg_catalog.pg_index i on i.indexrelid = c.conindid and c.contype in ('p', 'u', 'x')
left join pg_catalog.pg_class x on x.oid = i.indexrelid
where c.conrelid = any ($1::oid[])
  and c.contype in ('p', 'u', 'x', 'c', 'f', 'n')
  and not (c.contype = 'f' and c.conparentid <> 0) -- since 11, before:
