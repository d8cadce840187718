-- Names the form of the functions that capture_source.sql and create_capture_function.sql generate: raise
-- the number with every change there, so that installed functions are generated again.
-- Parameters: none. Returns: text. No locks.
create or replace function teleport.capture_template()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
  select '6 ' || pg_catalog.current_setting('server_version_num')::integer / 100
$function$;
