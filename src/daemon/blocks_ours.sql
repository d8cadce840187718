-- Whether a session of teleport's role waits for a session, be it that others queue between them: an ALTER TABLE of
-- the database's administrator waits for it, and a batch waits for that. Before 9.6 nobody tells who waits for whom:
-- whether one waits for the table. Parameters: $1 pid of the session, $2 oid of the table that it locks.
-- Returns: one boolean. Takes no locks.
with recursive blocked (pid) as (
  select w.pid
  from pg_catalog.pg_locks w
  join pg_catalog.pg_stat_activity a on a.pid = w.pid
  where not w.granted
    and w.pid <> $1::integer
    and a.usename = current_user
    and $2::oid is not null -- since 9.6, before: and w.relation = $2::oid
  union
  select k.pid -- since 9.6, before: select b.pid
  from blocked b
  cross join pg_catalog.unnest(pg_catalog.pg_blocking_pids(b.pid)) k (pid) -- since 9.6, before:
)
select exists (
  select 1
  from blocked b
  where b.pid = $1::integer -- since 9.6, before:
) as "blocksOurs"
