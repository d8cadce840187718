-- What the tables' files hold, by the planner's estimate: for loads that have not been planned yet.
-- Parameters: $1 oids of tables. Returns: relation, bytes; partitions and children included. Locks: none, and none
-- is waited for.
with recursive tree as (
  select r.root, r.root as member
  from pg_catalog.unnest($1::oid[]) r(root)
  union
  select t.root, i.inhrelid
  from tree t
  join pg_catalog.pg_inherits i on i.inhparent = t.member
)
select t.root as relation,
  pg_catalog.sum(greatest(c.relpages, 0)::bigint
    * pg_catalog.current_setting('block_size')::bigint) as bytes
from tree t
join pg_catalog.pg_class c on c.oid = t.member
group by t.root
