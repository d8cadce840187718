-- How a load goes into a table of the target. bare: its keys and indexes are off meanwhile. A table that
-- this database captures for targets of its own keeps them, since capture reads by key and the schema
-- travels on. replace: what it holds goes first. merge: where this database's changes go to the source,
-- by whatever way, nothing is removed or overwritten.
-- Parameters: $1 schema, $2 table, $3 the source's epoch, $4 epochs that the load's rows may have been
-- through. Returns: mode. Locks: none.
select case
  when not exists (
    select 1 from teleport.wanted w
    where not w.is_exclusion and $1 like w.schema_pattern and $2 like w.name_pattern
  ) and not exists (
    select 1 from teleport.capture c
    where c.schema_name = $1 and c.table_name = $2 and c.level <> 'none' and c.is_wanted
  ) then 'bare'
  when exists (select 1 from teleport.target t where t.peer_epoch = $3)
    or exists (select 1 from teleport.instance i where i.epoch = any ($4::text[])) then 'merge'
  else 'replace'
end as mode
