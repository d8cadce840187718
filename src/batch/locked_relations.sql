-- What the names that were locked stand for, in the batch's own snapshot: the relation of each name
-- and the members of its partition tree. Parameters: $1 oids of roots. Returns: root, schema, name,
-- members (ascending, the root among them). Locks: none.
with recursive tree (root, member) as (
  select c.oid, c.oid
  from pg_catalog.pg_class c
  where c.oid = any ($1::oid[])
  union all
  select t.root, i.inhrelid
  from tree t
  join pg_catalog.pg_class p on p.oid = t.member and p.relkind = 'p'
  join pg_catalog.pg_inherits i on i.inhparent = t.member
)
select
  t.root,
  n.nspname::text as schema,
  c.relname::text as name,
  pg_catalog.array_agg(t.member::bigint order by t.member) as members
from tree t
join pg_catalog.pg_class c on c.oid = t.root
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
group by t.root, n.nspname, c.relname
