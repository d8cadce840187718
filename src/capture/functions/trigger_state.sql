-- The capture triggers of a relation as they are: name, whether enabled, and (9.4 and later, where a
-- freeze leaves it alone) the xmin of the row, which shows a disable and enable between two looks.
-- Parameters: the relation. Returns: text, empty where there are none. Takes no locks.
create or replace function teleport.trigger_state(relation oid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  has_lasting_xmin boolean := pg_catalog.current_setting('server_version_num')::integer >= 90400;
  state text;
begin
  select pg_catalog.string_agg(
    t.tgname || ' ' || t.tgenabled::text || ' ' || t.tgtype
      || case when has_lasting_xmin then ' ' || t.xmin::text else '' end,
    ', ' order by t.tgname
  )
  into state
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where t.tgrelid = relation and not t.tgisinternal and n.nspname = 'teleport';
  return coalesce(state, '');
end
$function$;
