-- Tables of schema public that hold rows and have a key, so that their rows travel: ordinary ones, leaves,
-- parents and children of inheritance. Parameters: none. Returns: names in order, and of each its columns as
-- a list of expressions over its row t; floating point in binary, whose text is another since PostgreSQL 12
-- (a NaN's sign is in no text). Locks: none.
select
  c.relname::text as name,
  (
    select pg_catalog.string_agg(
      pg_catalog.replace(
        coalesce(s.form, '$'), '$', 't.' || pg_catalog.quote_ident(a.attname)
      ),
      ', ' order by a.attnum
    )
    from pg_catalog.pg_attribute a
    left join (
      values
        (
          'pg_catalog.float8'::regtype,
          'case when $ = ''NaN'' then ''NaN'' else encode(pg_catalog.float8send($), ''hex'') end'
        ),
        ('pg_catalog.point'::regtype, 'encode(pg_catalog.point_send($), ''hex'')')
    ) as s (type, form) on s.type = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns
from pg_catalog.pg_class c
where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'public')
  and c.relkind = 'r'
  and exists (
    select 1
    from pg_catalog.pg_index i
    where i.indrelid = c.oid and i.indisunique
  )
order by c.relname::text collate "C"
