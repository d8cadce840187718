-- Writes a reload event for a root that is captured; nothing where it is not.
-- Parameters: the root, a note for the event. Returns: nothing. Locks: ROW EXCLUSIVE on a slot.
create or replace function teleport.reload_captured(root oid, note text[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
begin
  perform teleport.write_event('reload', c.relation, c.generation, note)
  from teleport.capture c
  where c.relation = root and c.level <> 'none';
end
$function$;
