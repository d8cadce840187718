-- Creates or replaces the trigger function teleport.capture_<oid> of a relation. Every setting that
-- changes the text of a value is pinned, whatever the key's type: domains, arrays, ranges and
-- composites hide the types that need it. lock_timeout is pinned because freeing a slot may make a
-- writer wait for some milliseconds, which must not fail the application's statement.
-- Parameters: as capture_source. Returns: nothing. Locks: none on the relation.
create or replace function teleport.create_capture_function(
  relation oid,
  root oid,
  level text,
  generation integer,
  key_columns text[]
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  function_name text := 'capture_' || relation;
begin
  execute pg_catalog.format(
    'create or replace function teleport.%I() returns trigger language plpgsql security definer'
      || ' set search_path = pg_catalog, pg_temp'
      || ' set datestyle = ''ISO, YMD'''
      || ' set intervalstyle = ''postgres'''
      || ' set timezone = ''UTC'''
      || ' set extra_float_digits = ''3'''
      || ' set bytea_output = ''hex'''
      || ' set lc_monetary = ''C'''
      || ' %s as %L',
    function_name,
    case
      when pg_catalog.current_setting('server_version_num')::integer >= 90300
        then 'set lock_timeout = ''0'''
      else ''
    end,
    teleport.capture_source(relation, root, level, generation, key_columns)
  );
  execute pg_catalog.format('revoke all on function teleport.%I() from public', function_name);
end
$function$;
