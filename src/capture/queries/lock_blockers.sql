-- Sessions that hold a lock on a table, or on a partition of it at any depth, which conflicts with
-- SHARE ROW EXCLUSIVE (before 9.5, where making a trigger takes more, ACCESS EXCLUSIVE). What they run is
-- only visible to some roles; their pid is to all.
-- Parameters: $1 oid, the table. Returns: see lock_blockers.ts. Takes no locks.
with recursive tree (relation) as (
  select $1::oid
  union
  select i.inhrelid
  from tree t
  join pg_catalog.pg_inherits i on i.inhparent = t.relation
)
select distinct
  l.pid,
  l.relation::regclass::text as relation,
  l.mode,
  a.usename::text as user,
  a.application_name as application,
  extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as seconds,
  -- Its query is hidden from most roles; that it has no user is not.
  coalesce(a.query like 'autovacuum:%', false) or (a.pid is not null and a.usename is null)
    as "isAutovacuum"
from tree t
join pg_catalog.pg_locks l on l.relation = t.relation
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
  and l.database = (
    select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
  )
  and l.granted
  and l.pid <> pg_catalog.pg_backend_pid()
  and l.mode not in ('AccessShareLock', 'RowShareLock') -- since 9.5, before:
order by l.pid;
