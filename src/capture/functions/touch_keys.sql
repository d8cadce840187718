-- Writes a row event for every row that a relation holds: for a partition that brought rows along.
-- Parameters: the relation, the root whose oid the events carry, generation, the key's columns.
-- Returns: the number of events. Locks: ACCESS SHARE on the relation, ROW EXCLUSIVE on a slot.
create or replace function teleport.touch_keys(
  relation oid,
  root oid,
  generation integer,
  key_columns text[]
)
returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set timezone = 'UTC'
set extra_float_digits = '3'
set bytea_output = 'hex'
set lc_monetary = 'C'
as $function$
#variable_conflict use_variable
declare
  slot bigint;
  columns_text text;
  table_text text;
  event_count bigint;
begin
  select s.last_value % 3 into slot from teleport.slot s;
  select pg_catalog.string_agg(
    pg_catalog.format('pg_catalog.format(''%%s'', t.%I)', key_columns[position.n]),
    ', ' order by position.n
  )
  into columns_text
  from pg_catalog.generate_subscripts(key_columns, 1) as position (n);
  select pg_catalog.format('%I.%I', n.nspname, c.relname)
  into table_text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
  execute pg_catalog.format(
    'insert into teleport.event_%s (kind, relation, generation, key)'
      || ' select ''row'', %L::oid, %s, array[%s] from only %s t',
    slot, root, generation, columns_text, table_text
  );
  get diagnostics event_count = row_count;
  return event_count;
end
$function$;
