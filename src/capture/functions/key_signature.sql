-- What the text of a relation's key depends on. While it stays the same, a key that was written down
-- names the same row; when it changes, keys written before must not be read any more.
-- Parameters: the relation, its key's columns in order, the key's index (null for a partition, whose
-- columns are those of its root by name). Returns: text. Takes no locks.
create or replace function teleport.key_signature(relation oid, key_columns text[], key_index oid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  columns_part text;
  index_part text;
begin
  select pg_catalog.string_agg(
    a.attnum || ' ' || pg_catalog.quote_ident(a.attname) || ' '
      || teleport.type_signature(a.atttypid) || ' ' || a.atttypmod || ' ' || a.attcollation
      || ' ' || a.attnotnull,
    ', ' order by position.n
  )
  into columns_part
  from pg_catalog.generate_subscripts(key_columns, 1) as position (n)
  join pg_catalog.pg_attribute a
    on a.attrelid = relation and a.attname = key_columns[position.n] and not a.attisdropped;
  if key_index is not null then
    select i.indclass::text || ' ' || i.indcollation::text
    into index_part
    from pg_catalog.pg_index i
    where i.indexrelid = key_index;
  end if;
  return coalesce(columns_part, '') || coalesce(' | ' || index_part, '');
end
$function$;
