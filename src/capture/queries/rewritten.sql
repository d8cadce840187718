-- Tables whose rows changed without row events: the file is another and so is a column (DESIGN §5).
-- VACUUM FULL, CLUSTER and TRUNCATE leave pg_attribute alone, but that VACUUM FULL clears atthasmissing:
-- the value that a column's default gave to older rows is in no catalog any more then, and a target that has not
-- been sent it would not have it. Columns are marked `attnum:xmin:atthasmissing`.
-- Parameters: none. Returns: the relations whose marks are not as stored, whether they were rewritten, and
-- whether the new file may hold such values.
-- Takes no locks.
with marked as (
  select c.relation, c.root, r.relfilenode as filenode,
    array(
      select a.attnum::text || ':' || a.xmin::text || ':'
        || a.atthasmissing::text -- since 11, before: || 'false'
      from pg_catalog.pg_attribute a
      where a.attrelid = c.relation and a.attnum > 0
      order by a.attnum
    ) as columns
  from teleport.capture c
  join pg_catalog.pg_class r on r.oid = c.relation and r.relkind = 'r'
  where c.level <> 'none'
)
select
  n.relation::bigint as relation,
  n.root::bigint as root,
  n.filenode::bigint as filenode,
  n.columns,
  m.relation is not null
    and m.filenode <> n.filenode
    and exists (
      select 1
      from pg_catalog.unnest(n.columns) as c (mark)
      where c.mark <> all (m.columns)
    ) as is_rewritten,
  m.relation is not null
    and m.filenode <> n.filenode
    and exists (
      select 1
      from pg_catalog.unnest(n.columns) as c (mark)
      where not exists (
        select 1
        from pg_catalog.unnest(m.columns) as o (mark)
        where pg_catalog.split_part(o.mark, ':', 1) = pg_catalog.split_part(c.mark, ':', 1)
          and pg_catalog.split_part(o.mark, ':', 3) = pg_catalog.split_part(c.mark, ':', 3)
      )
    ) as is_widened
from marked n
left join teleport.rewrite_mark m on m.relation = n.relation
where m.relation is null or m.filenode <> n.filenode or m.columns <> n.columns
