-- Creates or replaces the trigger function teleport.capture_<oid> of a relation. Every setting that
-- changes the text of a value is pinned: domains, arrays, ranges and composites hide the types that need
-- it. Only a key that is made of the few plain types below goes without, and only while its columns have
-- these very types (the function's guard sees to that): six settings cost each statement 3 of 20 µs.
-- lock_timeout is pinned because freeing a slot may make a writer wait for some milliseconds, which must
-- not fail the application's statement.
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
  is_plain boolean;
begin
  select coalesce(pg_catalog.bool_and(a.atttypid = any (array[
    'pg_catalog.bool'::regtype, 'pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype,
    'pg_catalog.int8'::regtype, 'pg_catalog.oid'::regtype, 'pg_catalog.numeric'::regtype,
    'pg_catalog.uuid'::regtype, 'pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype,
    'pg_catalog.bpchar'::regtype
  ]::oid[])), true)
  into is_plain
  from pg_catalog.pg_attribute a
  where a.attrelid = relation and a.attname = any (key_columns) and not a.attisdropped;
  execute pg_catalog.format(
    'create or replace function teleport.%I() returns trigger language plpgsql security definer'
      || ' set search_path = pg_catalog, pg_temp %s %s as %L',
    function_name,
    case
      when is_plain then ''
      else 'set datestyle = ''ISO, YMD'' set intervalstyle = ''postgres'' set timezone = ''UTC'''
        || ' set extra_float_digits = ''3'' set bytea_output = ''hex'' set lc_monetary = ''C'''
    end,
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
