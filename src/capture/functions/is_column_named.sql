-- Whether a column has this name now, whatever the transaction's snapshot shows: names in
-- pg_identify_object come from the catalog cache (before 9.3 there is no such function: true).
-- Parameters: relation, attnum, the name. Returns: boolean. Takes no locks.
create or replace function teleport.is_column_named(relation oid, attnum integer, name text)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  identity text;
  plain_ending text := '.' || pg_catalog.quote_ident(name);
  quoted_ending text := '."' || pg_catalog.replace(name, '"', '""') || '"';
begin
  if pg_catalog.current_setting('server_version_num')::integer < 90300 then
    return true;
  end if;
  select o.identity
  into identity
  from pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, relation, attnum) o;
  -- The last part of a dotted path is the column's name; quote_all_identifiers decides on the quotes.
  return coalesce(
    plain_ending = pg_catalog.right(identity, pg_catalog.length(plain_ending))
      or quoted_ending = pg_catalog.right(identity, pg_catalog.length(quoted_ending)),
    false
  );
end
$function$;
