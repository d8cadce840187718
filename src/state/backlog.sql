-- A target's position, and whether any event lies after it. For polling: one index probe a slot and
-- transaction in progress, whatever the size of the queue. Not EXISTS, which may choose to scan: with ORDER
-- BY and LIMIT the index is always the cheaper way. Parameters: $1 target.
-- Returns: position, "isExact", "peerEpoch", "hasEvents"; no row for a target that is not registered.
-- Locks: ACCESS SHARE on the slots until the end of the statement.
select
  t.position,
  t.is_exact as "isExact",
  t.peer_epoch as "peerEpoch",
  coalesce(
    (select e.txid from teleport.event_0 e where e.txid >= t.xmax order by e.txid limit 1),
    (select e.txid from teleport.event_1 e where e.txid >= t.xmax order by e.txid limit 1),
    (select e.txid from teleport.event_2 e where e.txid >= t.xmax order by e.txid limit 1),
    (select e.txid from teleport.event_0 e where e.txid = any (t.running) order by e.txid limit 1),
    (select e.txid from teleport.event_1 e where e.txid = any (t.running) order by e.txid limit 1),
    (select e.txid from teleport.event_2 e where e.txid = any (t.running) order by e.txid limit 1)
  ) is not null as "hasEvents"
from (
  select
    position,
    is_exact,
    peer_epoch,
    pg_catalog.txid_snapshot_xmax(position::txid_snapshot) as xmax,
    array(select pg_catalog.txid_snapshot_xip(position::txid_snapshot)) as running
  from teleport.target
  where name = $1
) t
