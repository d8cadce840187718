-- Shadow tables that belong to no load: of one that has ended or was given up, of a table that is gone, or one that
-- has had no chunk for a week (its source may be no more, or not replicate the table any more). Parameters: none.
-- Returns: name. Locks: none.
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'teleport'
  and c.relkind = 'r'
  and c.relname like 'shadow\_%'
  and not exists (
    select 1
    from teleport.applied_load l
    join pg_catalog.pg_class t on t.oid = l.relation
    where l.shadow = c.relname
      and l.position is null
      and greatest(
        l.begun_at,
        (select pg_catalog.max(k.stored_at) from teleport.applied_chunk k where k.load = l.load)
      ) > pg_catalog.now() - interval '7 days'
  )
order by c.relname
