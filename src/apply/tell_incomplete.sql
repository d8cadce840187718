-- Rows that came with a load do not go on to databases that they may have been through: of those, what
-- they hold of the table is not known to be everything any more.
-- Parameters: $1 schema, $2 table, $3 epochs that the load's rows may have been through, $4 the source's,
-- which has the rows. Returns: nothing. Locks: ROW EXCLUSIVE on teleport.table_state.
update teleport.table_state s
set is_loaded = false,
  -- A held table has its reason, and returns as one that is not loaded.
  state = case when s.state = 'held' then s.state else 'partial' end,
  since = case when s.state = 'held' then s.since else pg_catalog.clock_timestamp() end,
  reason = case
    when s.state = 'held' then s.reason
    else 'rows came with a load from another database and did not go on from here; '
      || 'if they are missing there, run -mode initial-load for this target'
  end
from teleport.target t, pg_catalog.pg_class c, pg_catalog.pg_namespace n
where t.name = s.target
  and t.peer_epoch = any ($3::text[])
  and t.peer_epoch <> $4
  and s.state in ('streaming', 'held')
  and s.relation = c.oid
  and c.relname = $2
  and n.oid = c.relnamespace
  and n.nspname = $1
