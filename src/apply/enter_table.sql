-- Before a batch writes into a table. Parameters: $1 origin until the transaction ends, $2 whether the session's
-- name has to tell that there is one (see origin.ts), $3 source, $4 target, $5 schema and $6 name of the table that a load would be of,
-- $7 oids of the table and its partitions. Returns: the table's load and where its catch-up ended, nulls
-- where there is none; the table's mark, as src/schema/table_shape.sql has it. Locks: none.
select
  pg_catalog.set_config('teleport.origin', $1, true) as origin,
  case when $2::boolean then pg_catalog.set_config('application_name', 'teleport:origin', true) end as name,
  l.load,
  l.position,
  (
    select c.oid || ':' || pg_catalog.count(*) || ':'
      || coalesce(pg_catalog.sum(part.xmin::text::bigint), 0)
    from (
      select a.xmin from pg_catalog.pg_attribute a where a.attrelid = c.oid
      union all
      select g.xmin from pg_catalog.pg_trigger g where g.tgrelid = any ($7::oid[])
      union all
      select w.xmin from pg_catalog.pg_rewrite w where w.ev_class = any ($7::oid[])
    ) part
  ) as mark
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join teleport.applied_load l
  on l.source = $3
  and l.target = $4
  and l.relation = c.oid
where n.nspname = $5
  and c.relname = $6
