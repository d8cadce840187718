-- A target's position, and what lies after it. For polling: at most 201 events a slot and transaction in
-- progress are looked at, whatever the size of the queue. Not EXISTS, which may choose to scan: with ORDER
-- BY and LIMIT the index is always the cheaper way. A transaction that is in progress still shows nothing,
-- so it is not asked for: it may have written millions of events. Parameters: $1 target.
-- Returns: position, "isExact", "peerEpoch"; "tablesMark", which changes with the target's table states;
-- window: how many events were seen, how many keys they have, and each 'relation:kind' among them; no row
-- for a target that is not registered. Locks: ACCESS SHARE on the slots until the end of the statement.
select
  t.position,
  t.is_exact as "isExact",
  t.peer_epoch as "peerEpoch",
  (
    select pg_catalog.count(*) || ' ' || coalesce(pg_catalog.sum(s.xmin::text::bigint), 0)
    from teleport.table_state s
    where s.target = $1
  ) as "tablesMark",
  (
    select array[
      pg_catalog.count(*)::text,
      coalesce(pg_catalog.sum(coalesce(pg_catalog.array_length(e.key, 1), 1)), 0)::text
    ] || pg_catalog.array_agg(distinct e.relation || ':' || e.kind)
    from (
      (select e.relation, e.kind, e.key from teleport.event_0 e where e.txid >= t.xmax order by e.txid limit 201)
      union all
      (select e.relation, e.kind, e.key from teleport.event_1 e where e.txid >= t.xmax order by e.txid limit 201)
      union all
      (select e.relation, e.kind, e.key from teleport.event_2 e where e.txid >= t.xmax order by e.txid limit 201)
      union all
      (select e.relation, e.kind, e.key from teleport.event_0 e where e.txid = any (t.ended) order by e.txid limit 201)
      union all
      (select e.relation, e.kind, e.key from teleport.event_1 e where e.txid = any (t.ended) order by e.txid limit 201)
      union all
      (select e.relation, e.kind, e.key from teleport.event_2 e where e.txid = any (t.ended) order by e.txid limit 201)
    ) e
  ) as "window"
from (
  select
    position,
    is_exact,
    peer_epoch,
    pg_catalog.txid_snapshot_xmax(position::txid_snapshot) as xmax,
    array(
      select pg_catalog.txid_snapshot_xip(position::txid_snapshot)
      except
      select pg_catalog.txid_snapshot_xip(pg_catalog.txid_current_snapshot())
    ) as ended
  from teleport.target
  where name = $1
) t
