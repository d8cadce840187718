-- Shadow tables that belong to no load: of one that has ended or was given up, of a table that is gone, or of a
-- source that has been heard of for a week neither by a batch nor by a chunk. Parameters: none.
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
    join teleport.applied a on a.source = l.source and a.target = l.target
    join pg_catalog.pg_class t on t.oid = l.relation
    where l.shadow = c.relname
      and l.position is null
      and greatest(
        l.begun_at,
        a.applied_at,
        (select pg_catalog.max(k.stored_at) from teleport.applied_chunk k where k.load = l.load)
      ) > pg_catalog.now() - interval '7 days'
  )
order by c.relname
