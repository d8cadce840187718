-- An expression that tells whether a column has its name still, whatever the transaction's snapshot
-- shows: names in pg_identify_object come from the catalog cache. The name is the last part of a dotted
-- path, quoted or not as quote_all_identifiers has it. (Before 9.3 there is no such function; the
-- catalog is asked, and a REPEATABLE READ transaction older than a rename may fail.)
-- Parameters: relation, attnum, the name. Returns: text of a boolean expression. Takes no locks.
create or replace function teleport.column_is_named(relation oid, attnum integer, name text)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  identity text := pg_catalog.format(
    '(pg_catalog.pg_identify_object(''pg_catalog.pg_class''::regclass, %L::oid, %s)).identity',
    relation, attnum
  );
  plain_ending text := '.' || pg_catalog.quote_ident(name);
  quoted_ending text := '."' || pg_catalog.replace(name, '"', '""') || '"';
begin
  if pg_catalog.current_setting('server_version_num')::integer < 90300 then
    return pg_catalog.format(
      'exists (select 1 from pg_catalog.pg_attribute a'
        || ' where a.attrelid = %L::oid and a.attnum = %s and a.attname = %L::name)',
      relation, attnum, name
    );
  end if;
  return pg_catalog.format(
    '(pg_catalog.right(%1$s, %2$s) = %3$L or pg_catalog.right(%1$s, %4$s) = %5$L)',
    identity,
    pg_catalog.length(plain_ending), plain_ending,
    pg_catalog.length(quoted_ending), quoted_ending
  );
end
$function$;
