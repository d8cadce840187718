-- Before a batch writes into a table. Parameters: $1, $2 setting that carries the origin and its value until
-- the transaction ends, $3 source, $4 target, $5 schema and $6 name of the table that a load would be of,
-- $7 oids of the table and its partitions. Returns: the table's load and where its catch-up ended, nulls
-- where there is none; a mark that changes with every trigger that comes, goes or is switched.
-- Locks: none.
select
  pg_catalog.set_config($1, $2, true) as setting,
  l.load,
  l.position,
  (
    select pg_catalog.count(*) || ':' || coalesce(pg_catalog.sum(g.xmin::text::bigint), 0)
    from pg_catalog.pg_trigger g
    where g.tgrelid = any ($7::oid[])
  ) as triggers
from (values (1)) as once (number)
left join teleport.applied_load l
  on l.source = $3
  and l.target = $4
  and l.schema_name = $5
  and l.table_name = $6
