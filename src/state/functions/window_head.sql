-- What lies after a position: some 200 events of each slot and of the transactions that were in progress
-- then, whatever the size of the queue. By the index alone: for a slot that was empty a moment ago the planner
-- would read it whole, and the plan is kept, since planning takes ten times as long as this. A
-- transaction that is in progress still shows nothing, so it is not asked for: it may have written millions.
-- Parameters: the position. Returns: the number of events seen, the number of their keys, and each
-- 'relation:kind' among them. Locks: ACCESS SHARE on the slots.
create or replace function teleport.window_head(from_position text)
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $function$
#variable_conflict use_variable
declare
  snapshot txid_snapshot := from_position::txid_snapshot;
  after bigint := pg_catalog.txid_snapshot_xmax(snapshot);
  ended bigint[] := array(
    select pg_catalog.txid_snapshot_xip(snapshot)
    except
    select pg_catalog.txid_snapshot_xip(pg_catalog.txid_current_snapshot())
  );
  head text[];
begin
  select array[
    pg_catalog.count(*)::text,
    coalesce(pg_catalog.sum(coalesce(pg_catalog.array_length(e.key, 1), 1)), 0)::text
  ] || pg_catalog.array_agg(distinct e.relation || ':' || e.kind)
  into head
  from (
    (select e.relation, e.kind, e.key from teleport.event_0 e where e.txid >= after limit 201)
    union all
    (select e.relation, e.kind, e.key from teleport.event_1 e where e.txid >= after limit 201)
    union all
    (select e.relation, e.kind, e.key from teleport.event_2 e where e.txid >= after limit 201)
    union all
    (select e.relation, e.kind, e.key from teleport.event_0 e where e.txid = any (ended) limit 201)
    union all
    (select e.relation, e.kind, e.key from teleport.event_1 e where e.txid = any (ended) limit 201)
    union all
    (select e.relation, e.kind, e.key from teleport.event_2 e where e.txid = any (ended) limit 201)
  ) e;
  return head;
end
$function$;
