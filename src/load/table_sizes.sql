-- How large tables are, about: for the order of their loads. Statistics of the catalogs and of the collector,
-- since to ask for the size of a file waits for whoever has locked the table.
-- Parameters: $1 oids of roots. Returns: root, pages (TOAST and all that inherits included; for a table that was
-- never vacuumed or analyzed, 100 rows a page). Locks: none.
with recursive tree (root, member) as (
  select r.root, r.root
  from pg_catalog.unnest($1::oid[]) as r (root)
  union
  select t.root, i.inhrelid
  from tree t
  join pg_catalog.pg_inherits i on i.inhparent = t.member
)
select
  t.root::bigint as root,
  pg_catalog.sum(
    greatest(c.relpages, pg_catalog.pg_stat_get_live_tuples(c.oid) / 100) + coalesce(o.relpages, 0)
  )::float8 as pages
from tree t
join pg_catalog.pg_class c on c.oid = t.member
left join pg_catalog.pg_class o on o.oid = c.reltoastrelid
group by t.root
