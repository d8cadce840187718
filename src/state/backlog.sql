-- A target's position, and what lies after it; asked for often. Parameters: $1 target.
-- Returns: position, "isExact", "peerEpoch"; "tablesMark", which changes with the target's table states (a sum
-- of xmin alone may stay: a transaction may have a lower number than the one whose rows it changes);
-- head, as window_head gives it; no row for a target that is not registered. Locks: ACCESS SHARE on the slots.
select
  t.position,
  t.is_exact as "isExact",
  t.peer_epoch as "peerEpoch",
  (
    select coalesce(
      pg_catalog.sum(s.xmin::text::bigint) || ' '
        || pg_catalog.sum(pg_catalog.hashtext(s.relation || s.ctid::text || s.xmin::text)),
      ''
    )
    from teleport.table_state s
    where s.target = t.name
  ) as "tablesMark",
  teleport.window_head(t.position) as head
from teleport.target t
where t.name = $1
