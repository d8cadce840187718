-- What the target still has to build. $1: how many foreign keys the source has.
-- Returns: rows of one text. Locks: none that matter.
select 'indexes' as phase
where exists (select 1 from teleport.applied_load where position is not null and not is_built)
union all
select 'foreign keys'
where $1::bigint > (
  select pg_catalog.count(*) from pg_catalog.pg_constraint where contype = 'f' and conparentid = 0
);
