-- Tables of schema public that hold rows and have a key, so that their rows travel: ordinary ones, leaves,
-- parents and children of inheritance. Parameters: none. Returns: names in order. Locks: none.
select c.relname::text as name
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace
  and c.relkind = 'r'
  and exists (
    select 1
    from pg_catalog.pg_index i
    where i.indrelid = c.oid and i.indisunique
  )
order by c.relname::text collate "C"
