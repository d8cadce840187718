-- The body of the trigger function of one captured relation. One insert, into the current slot; no
-- EXCEPTION block, no loop. It writes a reload event instead of keys where the key's columns are not
-- those it was generated for: the application's own DDL must not make its next statement fail.
--
-- The guard reads pg_attribute as the transaction's snapshot has it. A REPEATABLE READ transaction may
-- be older than a committed rename, so there the present names are asked for as well. A changed type
-- needs no more: the relation's oid stands as a constant in the statements, so their plans are made
-- anew after any ALTER TABLE. A branch that is not taken is not planned.
--
-- Triggers that another level left behind call it too and must do nothing (only the owner could drop
-- them): hence tg_level and, for TRUNCATE, tg_name.
--
-- Parameters: the relation, the root whose oid its row events carry, level, the root's generation, the
-- key's columns. Returns: plpgsql text. Takes no locks.
create or replace function teleport.capture_source(
  relation oid,
  root oid,
  level text,
  generation integer,
  key_columns text[]
)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  is_statement boolean := level = 'statement';
  column_count integer := pg_catalog.array_length(key_columns, 1);
  found_count integer;
  new_key text;
  old_key text;
  attnums text;
  columns_match text;
  names_match text;
  origin text;
  changed_keys text;
  on_row_events text := '';
begin
  if level = 'none' then
    return E'\nbegin\n  return null;\nend\n';
  end if;

  select
    pg_catalog.count(*),
    pg_catalog.string_agg(
      pg_catalog.format(
        'pg_catalog.format(''%%s'', %s.%I)',
        case when is_statement then 'teleport_n' else 'new' end,
        a.attname
      ),
      ', ' order by position.n
    ),
    pg_catalog.string_agg(
      pg_catalog.format(
        'pg_catalog.format(''%%s'', %s.%I)',
        case when is_statement then 'teleport_o' else 'old' end,
        a.attname
      ),
      ', ' order by position.n
    ),
    pg_catalog.string_agg(a.attnum::text, ', ' order by position.n),
    pg_catalog.string_agg(
      pg_catalog.format(
        '(a.attnum = %s and a.attname = %L::name and a.atttypid = %L::oid)',
        a.attnum, a.attname, a.atttypid
      ),
      ' or ' order by position.n
    ),
    pg_catalog.string_agg(
      pg_catalog.format('teleport.is_column_named(%L::oid, %s, %L)', relation, a.attnum, a.attname),
      ' and ' order by position.n
    )
  into found_count, new_key, old_key, attnums, columns_match, names_match
  from pg_catalog.generate_subscripts(key_columns, 1) as position (n)
  join pg_catalog.pg_attribute a
    on a.attrelid = relation and a.attname = key_columns[position.n] and not a.attisdropped;
  if level <> 'truncate' and found_count is distinct from column_count then
    raise exception 'the key columns of relation % are not there', relation;
  end if;

  if pg_catalog.current_setting('server_version_num')::integer >= 90600 then
    origin := 'nullif(pg_catalog.current_setting(''teleport.origin'', true), '''')';
  else
    -- Asking for a setting that was never set is an error there; the applier names its session instead.
    origin := 'case when pg_catalog.current_setting(''application_name'') like ''teleport:origin:%'''
      || ' then pg_catalog.substr(pg_catalog.current_setting(''application_name''), 17) end';
  end if;

  if level <> 'truncate' then
    changed_keys := pg_catalog.format(
      case
        when is_statement then 'select array[%1$s] as key from teleport_new teleport_n'
          || ' union select array[%2$s] from teleport_old teleport_o'
        else 'select array[%1$s] as key union select array[%2$s]'
      end,
      new_key, old_key
    );
    on_row_events := pg_catalog.format(
      $body$
  if tg_level <> %1$L then
    return null;
  end if;
  select
    s.last_value %% 3,
    %2$s,
    (
      select pg_catalog.count(*) = %3$s
      from pg_catalog.pg_attribute a
      where a.attrelid = %4$L::oid and a.attnum in (%5$s) and a.attnotnull and (%6$s)
    ) and (
      pg_catalog.current_setting('transaction_isolation') = 'read committed' or (%7$s)
    )
  into teleport_slot, teleport_origin, teleport_is_current
  from teleport.slot s;
  if teleport_is_current is distinct from true then
    perform teleport.write_event('reload', %8$L::oid, %9$s);
  elsif tg_op = 'INSERT' then
%10$s
  elsif tg_op = 'UPDATE' then
%11$s
  else
%12$s
  end if;
$body$,
      case when is_statement then 'STATEMENT' else 'ROW' end,
      origin,
      column_count,
      relation,
      attnums,
      columns_match,
      names_match,
      root,
      generation,
      teleport.insert_by_slot(relation, root, generation, pg_catalog.format(
        case when is_statement then 'select array[%s] as key from teleport_new teleport_n'
          else 'select array[%s] as key' end, new_key)),
      teleport.insert_by_slot(relation, root, generation, changed_keys),
      teleport.insert_by_slot(relation, root, generation, pg_catalog.format(
        case when is_statement then 'select array[%s] as key from teleport_old teleport_o'
          else 'select array[%s] as key' end, old_key))
    );
  end if;

  return pg_catalog.format(
    $body$
#variable_conflict use_column
declare
  teleport_slot bigint;
  teleport_origin text;
  teleport_is_current boolean;
begin
  if tg_op = 'TRUNCATE' then
    if tg_name like 'teleport\_truncate%%' then
      perform teleport.write_event('truncate', tg_relid, %s);
    end if;
    return null;
  end if;
%s
  return null;
end
$body$,
    generation,
    on_row_events
  );
end
$function$;
