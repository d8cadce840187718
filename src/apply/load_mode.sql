-- How a load goes into a table of the target whose rows it may replace. bare: what it holds goes first, and its keys
-- and indexes are off meanwhile. keyed: what it holds goes first, but it keeps them: a table that this database
-- captures for targets of its own, since capture reads by key and the schema travels on, and one with a key that a
-- view or function needs (GROUP BY id, ON CONFLICT). respect: where this database's changes go to the source, by
-- whatever way, nothing is removed or overwritten. (shadow, where its rows are to stay until all have come, is
-- decided by whoever prepares the load.)
-- Parameters: $1 schema, $2 table, $3 the source's epoch, $4 epochs that the load's rows may have been
-- through. Returns: mode. Locks: none.
with recursive tree as (
  select c.oid
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2
  union all
  select i.inhrelid
  from tree t
  join pg_catalog.pg_inherits i on i.inhparent = t.oid
)
select case
  when not exists (
    select 1 from teleport.wanted w
    where not w.is_exclusion and $1 like w.schema_pattern and $2 like w.name_pattern
  ) and not exists (
    select 1 from teleport.capture c
    where c.schema_name = $1 and c.table_name = $2 and c.level <> 'none' and c.is_wanted
  ) then case
    when exists (
      select 1
      from tree t
      join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u')
      join pg_catalog.pg_depend d
        on d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
        and d.refobjid = k.oid
        and d.classid in (
          'pg_catalog.pg_rewrite'::pg_catalog.regclass,
          'pg_catalog.pg_proc'::pg_catalog.regclass
        )
    ) then 'keyed'
    else 'bare'
  end
  when exists (select 1 from teleport.target t where t.peer_epoch = $3)
    or exists (select 1 from teleport.instance i where i.epoch = any ($4::text[])) then 'respect'
  else 'keyed'
end as mode
