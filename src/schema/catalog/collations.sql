-- Collations of user schemas. Parameters: none. Returns: one row per collation that the database's
-- encoding can use. Extension members are left out. Takes no locks.
select
  c.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  c.collname::text as name,
  'collation'::text as what,
  ''::text as signature,
  '(' || pg_catalog.array_to_string(array[
    case c.collprovider when 'i' then 'provider = icu' when 'b' then 'provider = builtin' end, -- since 10, before:
    case when c.collprovider in ('i', 'b') then 'locale = ' || pg_catalog.quote_literal(coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale', c.collcollate)) end, -- since 10, before:
    case when not c.collisdeterministic then 'deterministic = false' end, -- since 12, before:
    'rules = ' || pg_catalog.quote_literal(c.collicurules), -- since 16, before:
    case when c.collprovider = 'c' then 'lc_collate = ' || pg_catalog.quote_literal(c.collcollate) end, -- since 10, before: 'lc_collate = ' || pg_catalog.quote_literal(c.collcollate),
    case when c.collprovider = 'c' then 'lc_ctype = ' || pg_catalog.quote_literal(c.collctype) end -- since 10, before: 'lc_ctype = ' || pg_catalog.quote_literal(c.collctype)
  ], ', ') || ')' as definition,
  array[]::text[] as adds,
  array[]::text[] as drops
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
join pg_catalog.pg_database b on b.datname = pg_catalog.current_database()
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and c.collencoding in (-1, b.encoding)
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass
      and d.objid = c.oid
      and d.deptype = 'e'
  )
