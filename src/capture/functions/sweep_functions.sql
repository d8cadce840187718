-- Does away with trigger functions of relations that are not captured under that oid: of tables that
-- were dropped, and after a restore of tables that have another oid now. One that a trigger still calls
-- is made to do nothing.
-- Parameters: none. Returns: the number of functions. Takes no locks on relations.
create or replace function teleport.sweep_functions()
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  stale record;
  stale_count integer := 0;
begin
  for stale in
    select p.proname::text as name,
      exists (select 1 from pg_catalog.pg_trigger t where t.tgfoid = p.oid) as is_called
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'teleport'
      and p.proname ~ '^capture_[0-9]+$'
      and not exists (
        select 1 from teleport.capture c where 'capture_' || c.relation = p.proname::text
      )
      and p.prosrc <> teleport.capture_source(0, 0, 'none', 0, '{}')
  loop
    stale_count := stale_count + 1;
    if stale.is_called then
      perform teleport.create_capture_function(
        pg_catalog.substr(stale.name, 9)::oid, 0, 'none', 0, '{}'
      );
    else
      execute pg_catalog.format('drop function teleport.%I()', stale.name);
    end if;
  end loop;
  return stale_count;
end
$function$;
