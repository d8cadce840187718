-- A source's position, and where the catch-up ended of each table that was ever loaded: null while it is loaded. Parameters:
-- $1 source, $2 target, $3 names of tables, quoted. Returns: position, and the table with "loaded", nulls
-- where none was. Locks: none.
select a.position, l.relation::pg_catalog.regclass::text as "table", l.position as loaded
from teleport.applied a
left join teleport.applied_load l
  on l.source = a.source
  and l.target = a.target
  and l.relation = any ($3::text[]::pg_catalog.regclass[])
where a.source = $1
  and a.target = $2
