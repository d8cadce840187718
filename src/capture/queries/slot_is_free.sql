-- Whether every event of a slot is visible in every position: of targets, and of tables that have one
-- of their own. With no target at all nobody waits for any event. Run it while the slot is locked.
-- Parameters: none; event_0 stands for the slot. Returns: one boolean. Locks: ACCESS SHARE.
select not exists (
  select 1
  from (
    select t.position::txid_snapshot as position from teleport.target t
    union all
    select s.position::txid_snapshot from teleport.table_state s where s.position is not null
  ) held
  where exists (
    select 1
    from teleport.event_0 e
    where e.txid >= pg_catalog.txid_snapshot_xmin(held.position)
      and not pg_catalog.txid_visible_in_snapshot(e.txid, held.position)
  )
) as "isFree";
