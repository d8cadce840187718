-- The three static inserts, one for each slot, that write the keys of a query as row events. Static,
-- so that each is planned once in a session; a part of the body that capture_source.sql generates.
-- Parameters: the relation, root, generation, a query with `is_current` and the keys' texts, an expression
-- of its row k for the event's key. Returns: plpgsql text. Takes no locks.
create or replace function teleport.insert_by_slot(
  relation oid,
  root oid,
  generation integer,
  keys text,
  key text
)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  -- The oid of the relation itself, beside the root's, makes the plan depend on it.
  events text := pg_catalog.format(
    'select case when k.is_current then ''row'' else ''reload'' end, %L::oid, %s,'
      || ' case when k.is_current then %s end, teleport_origin'
      || ' from (%s) k where %L::oid is not null',
    root, generation, key, keys, relation
  );
begin
  return pg_catalog.format(
    $body$
    if teleport_slot = 0 then
      insert into teleport.event_0 (kind, relation, generation, key, origin) %1$s;
    elsif teleport_slot = 1 then
      insert into teleport.event_1 (kind, relation, generation, key, origin) %1$s;
    else
      insert into teleport.event_2 (kind, relation, generation, key, origin) %1$s;
    end if;
$body$,
    events
  );
end
$function$;
