-- Repeats, for the tree that a table has joined, the row events that it has as a table of its own: rows of it that
-- were deleted after it joined and before anybody looked are in no other. A key of one column may be many packed keys.
-- Parameters: the relation, the generation of its events, the root whose oid the new events carry, their generation.
-- Returns: the number of events. Locks: ROW EXCLUSIVE on a slot.
create or replace function teleport.carry_keys(
  relation oid,
  old_generation integer,
  root oid,
  generation integer
)
returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  slot bigint;
  event_count bigint;
begin
  select s.last_value % 3 into slot from teleport.slot s;
  execute pg_catalog.format(
    'insert into teleport.event_%s (kind, relation, generation, key, origin)'
      || ' select ''row'', $3, $4, e.key, e.origin from teleport.event e'
      || ' where e.kind = ''row'' and e.relation = $1 and e.generation = $2',
    slot
  ) using relation, old_generation, root, generation;
  get diagnostics event_count = row_count;
  return event_count;
end
$function$;
