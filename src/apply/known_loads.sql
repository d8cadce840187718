-- The loads that one which is about to begin meets, by its own name or in the same table, whatever that was called
-- then. Parameters: $1 source, $2 target, $3 oid of the table, $4 and $5 its schema and name, $6 the load's
-- name. Returns: load. Locks: none; batches and other beginnings of the source wait for the
-- caller's lock on teleport.applied.
select l.load
from teleport.applied_load l
where l.source = $1
  and l.target = $2
  and (l.relation = $3::oid or l.load = $6 or (l.schema_name = $4 and l.table_name = $5))
