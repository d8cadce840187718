-- Writes one event that is not about single rows into the current slot.
-- Parameters: kind, the relation (0: none), its generation (0: none), for people's eyes or as a hint a
-- note in place of the key (a reader may ignore it). Returns: nothing. Locks: ROW EXCLUSIVE on a slot.
create or replace function teleport.write_event(
  kind text,
  relation oid,
  generation integer,
  note text[] default null
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  slot bigint;
  origin text;
begin
  if pg_catalog.current_setting('server_version_num')::integer >= 90600 then
    origin := nullif(pg_catalog.current_setting('teleport.origin', true), '');
  elsif pg_catalog.current_setting('application_name') = 'teleport:origin' then
    origin := pg_catalog.current_setting('teleport.origin');
  end if;
  select s.last_value % 3 into slot from teleport.slot s;
  if slot = 0 then
    insert into teleport.event_0 (kind, relation, generation, key, origin)
    values (kind, relation, generation, note, origin);
  elsif slot = 1 then
    insert into teleport.event_1 (kind, relation, generation, key, origin)
    values (kind, relation, generation, note, origin);
  else
    insert into teleport.event_2 (kind, relation, generation, key, origin)
    values (kind, relation, generation, note, origin);
  end if;
end
$function$;
