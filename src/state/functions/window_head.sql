-- What lies after a position: some 200 events of each slot and of the transactions that were in progress
-- then, whatever the size of the queue. By the index alone: for a slot that was empty a moment ago the planner
-- would read it whole, and the plan is kept, since planning takes longer than this (left to itself the server
-- plans at each call while the queue is long). A transaction that is in progress still shows nothing, so it is
-- not asked for: it may have written millions.
-- Parameters: the position. Returns: the number of events seen; the number of their keys; the position with
-- no more in progress than what has ended and has events; the same with what is in progress still; each
-- 'relation:kind' among the events. What is in neither has ended without an event and will never have one:
-- after the last lies what lies after the parameter, for good. All of it is as the calling statement's
-- snapshot has it, since the function is stable. Locks: ACCESS SHARE on the slots.
create or replace function teleport.window_head(from_position text)
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan -- since 12, before:
as $function$
#variable_conflict use_variable
declare
  snapshot txid_snapshot := from_position::txid_snapshot;
  after bigint := pg_catalog.txid_snapshot_xmax(snapshot);
  start text := pg_catalog.txid_snapshot_xmin(snapshot) || ':' || after || ':';
  now_snapshot txid_snapshot := pg_catalog.txid_current_snapshot();
  ended bigint[];
  running bigint[];
  with_events bigint[];
  ended_events bigint;
  head text[];
  kinds text[];
begin
  if pg_catalog.txid_snapshot_xmin(snapshot) < after then
    ended := array(
      select x from pg_catalog.txid_snapshot_xip(snapshot) x
      where pg_catalog.txid_visible_in_snapshot(x, now_snapshot)
    );
    running := array(
      select x from pg_catalog.txid_snapshot_xip(now_snapshot) x
      where x < after and not pg_catalog.txid_visible_in_snapshot(x, snapshot)
    );
  end if;
  select
    array[
      pg_catalog.count(*)::text,
      coalesce(pg_catalog.sum(coalesce(pg_catalog.array_length(e.key, 1), 1)), 0)::text
    ],
    pg_catalog.array_agg(distinct e.relation || ':' || e.kind),
    pg_catalog.count(case when e.txid < after then 1 end),
    pg_catalog.array_agg(distinct case when e.txid < after then e.txid end)
  into head, kinds, ended_events, with_events
  from (
    (select e.txid, e.relation, e.kind, e.key from teleport.event_0 e where e.txid >= after limit 201)
    union all
    (select e.txid, e.relation, e.kind, e.key from teleport.event_1 e where e.txid >= after limit 201)
    union all
    (select e.txid, e.relation, e.kind, e.key from teleport.event_2 e where e.txid >= after limit 201)
    union all
    (select e.txid, e.relation, e.kind, e.key from teleport.event_0 e where e.txid = any (ended) limit 201)
    union all
    (select e.txid, e.relation, e.kind, e.key from teleport.event_1 e where e.txid = any (ended) limit 201)
    union all
    (select e.txid, e.relation, e.kind, e.key from teleport.event_2 e where e.txid = any (ended) limit 201)
  ) e;
  if ended_events > 200 then
    -- Not all may have been seen.
    with_events := array(
      select x from pg_catalog.unnest(ended) x
      where coalesce(
        (select e.txid from teleport.event_0 e where e.txid = x limit 1),
        (select e.txid from teleport.event_1 e where e.txid = x limit 1),
        (select e.txid from teleport.event_2 e where e.txid = x limit 1)
      ) is not null
    );
  end if;
  return head || array[
    start || coalesce(pg_catalog.array_to_string(with_events, ','), ''),
    start || pg_catalog.array_to_string(array(
      select x from pg_catalog.unnest(with_events || running) x where x is not null order by x
    ), ',')
  ] || kinds;
end
$function$;
