-- Whether every event of a slot is visible in every position: of targets, and of tables that have one
-- of their own. A load that respects this database's own rows compares its rows with all events; one that was left for a day keeps
-- none any more. With no target at all nobody waits for any event. Run it while the slot is locked:
-- writers wait meanwhile, so it is index probes only, however old a position's xmin is. max and min,
-- since a planner without statistics takes the whole slot for a quick way to one row.
-- Parameters: none; event_0 stands for the slot. Returns: one boolean. Locks: ACCESS SHARE.
select not exists (
  select 1
  from (
    select t.position::txid_snapshot as position from teleport.target t
    union all
    select s.position::txid_snapshot from teleport.table_state s where s.position is not null
    union all
    select '1:1:'::txid_snapshot from teleport.applied_load l
    where l.mode = 'respect' and l.position is null
      and l.begun_at > pg_catalog.now() - interval '1 day'
  ) held
  where (select pg_catalog.max(e.txid) from teleport.event_0 e)
      >= pg_catalog.txid_snapshot_xmax(held.position)
    or exists (
      select 1
      from pg_catalog.txid_snapshot_xip(held.position) running (txid)
      where running.txid = (
        select pg_catalog.min(e.txid) from teleport.event_0 e where e.txid >= running.txid
      )
    )
) as "isFree";
