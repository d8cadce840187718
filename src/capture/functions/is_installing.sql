-- Whether a statement of the installer itself is running, whose DDL is no event.
-- Parameters: none. Returns: boolean. Takes no locks.
create or replace function teleport.is_installing()
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
begin
  if pg_catalog.current_setting('server_version_num')::integer >= 90600 then
    return coalesce(pg_catalog.current_setting('teleport.is_installing', true) = 'on', false);
  end if;
  return pg_catalog.current_setting('teleport.is_installing') = 'on';
exception
  when undefined_object then
    return false;
end
$function$;
