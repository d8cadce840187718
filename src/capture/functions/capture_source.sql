-- The body of the trigger function of one captured relation. One insert, into the current slot; no
-- EXCEPTION block, no loop. Where the key's columns are not those it was generated for, it writes a
-- reload event instead of keys: the application's own DDL must not make its next statement fail.
--
-- The guard is in two parts. Before the insert, whose plan needs the columns: each has its name still.
-- In the insert: each value has its type still and is not null. The names come from the catalog cache
-- (pg_identify_object), so they are the present ones even for a REPEATABLE READ transaction that is
-- older than a committed rename; a query on pg_attribute would see what its snapshot sees, and cost
-- five times as much. The relation's oid stands as a constant in the insert, so its plan is made anew
-- after any ALTER TABLE. A branch that is not taken is not planned.
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
  version integer := pg_catalog.current_setting('server_version_num')::integer;
  column_count integer := pg_catalog.array_length(key_columns, 1);
  found_count integer;
  names_match text;
  value_matches text;
  values_text text;
  array_text text;
  new_key text;
  old_key text;
  read_slot text;
  origin text;
  on_insert text;
  on_update text;
  on_delete text;
  on_rows text := '';
begin
  if level = 'none' then
    return E'\nbegin\n  return null;\nend\n';
  end if;

  -- In what follows %1$s stands for the row: an alias of a transition table, or new or old. The collation
  -- keeps texts apart that the column's own may call equal. concat takes the type's own output, whatever
  -- casts to text there are.
  select
    pg_catalog.count(*),
    pg_catalog.string_agg(
      teleport.column_is_named(relation, a.attnum, a.attname), ' and ' order by position.n
    ),
    pg_catalog.string_agg(
      pg_catalog.format(
        -- IS NOT NULL would say no to a composite that has a null in it; it is the cheaper one.
        case
          when t.typtype not in ('c', 'd') then '%%1$s.%1$s is not null'
          when version >= 90600 then 'pg_catalog.num_nulls(%%1$s.%1$s) = 0'
          else 'true'
        end || ' and pg_catalog.pg_typeof(%%1$s.%1$s) = %2$L::oid',
        pg_catalog.replace(pg_catalog.quote_ident(a.attname), '%', '%%'), a.atttypid
      ),
      ' and ' order by position.n
    ),
    pg_catalog.string_agg(
      pg_catalog.format(
        'pg_catalog.concat(%%1$s.%s) collate pg_catalog."C" as k%s',
        pg_catalog.replace(pg_catalog.quote_ident(a.attname), '%', '%%'), position.n
      ),
      ', ' order by position.n
    ),
    'array[' || pg_catalog.string_agg('k.k' || position.n, ', ' order by position.n) || ']'
  into found_count, names_match, value_matches, values_text, array_text
  from pg_catalog.generate_subscripts(key_columns, 1) as position (n)
  join pg_catalog.pg_attribute a
    on a.attrelid = relation and a.attname = key_columns[position.n] and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid;
  if level <> 'truncate' and found_count is distinct from column_count then
    raise exception 'the key columns of relation % are not there', relation;
  end if;

  if version >= 90600 then
    origin := 'nullif(pg_catalog.current_setting(''teleport.origin'', true), '''')';
  else
    -- Asking for a setting that was never set is an error there; the applier names its session instead.
    origin := 'case when pg_catalog.current_setting(''application_name'') = ''teleport:origin'''
      || ' then pg_catalog.current_setting(''teleport.origin'') end';
  end if;
  if version >= 100000 then
    -- No query: half the cost of reading the sequence. Null before the first setval.
    read_slot := 'teleport_slot := coalesce('
      || 'pg_catalog.pg_sequence_last_value(''teleport.slot''::regclass), 0) % 3;';
  else
    read_slot := 'select s.last_value % 3 into teleport_slot from teleport.slot s;';
  end if;

  if level <> 'truncate' then
    values_text := 'select ' || value_matches || ' as is_current, ' || values_text;
    if level = 'statement' then
      new_key := pg_catalog.format(values_text, 'teleport_n') || ' from teleport_new teleport_n';
      old_key := pg_catalog.format(values_text, 'teleport_o') || ' from teleport_old teleport_o';
    else
      new_key := pg_catalog.format(values_text, 'new');
      old_key := pg_catalog.format(values_text, 'old');
    end if;
    if level = 'statement' and column_count = 1 then
      on_insert := teleport.insert_packed(
        relation, root, generation,
        'teleport_count >= 8', 'array[k.k1]', new_key || ' limit 8',
        new_key || ' offset 8'
      );
      -- One row that was updated gives one pair. Every other number of pairs is a statement of more rows, of
      -- none, or one whose new row a trigger kept out of its partition.
      on_update := teleport.insert_packed(
        relation, root, generation,
        'teleport_count > 1 or teleport_count = 0 and exists (select 1 from teleport_old)',
        'case when k.k1 = k.k2 then array[k.k1] else array[k.k1, k.k2] end',
        pg_catalog.concat(
          'select n.is_current and o.is_current as is_current, n.k1, o.k1 as k2',
          ' from (', new_key, ') n, (', old_key, ') o limit 2'
        ),
        new_key || ' union ' || old_key
      );
      on_delete := teleport.insert_packed(
        relation, root, generation,
        'teleport_count >= 8', 'array[k.k1]', old_key || ' limit 8',
        old_key || ' offset 8'
      );
    else
      on_insert := teleport.insert_by_slot(relation, root, generation, new_key, array_text);
      on_update := teleport.insert_by_slot(
        relation, root, generation, new_key || ' union ' || old_key, array_text
      );
      on_delete := teleport.insert_by_slot(relation, root, generation, old_key, array_text);
    end if;
    on_rows := pg_catalog.format(
      $body$
  if tg_level <> %1$L then
    return null;
  end if;
  if (%2$s) is not true then
    perform teleport.write_event('reload', %3$L::oid, %4$s);
    return null;
  end if;
  %5$s
  teleport_origin := %6$s;
  if tg_op = 'INSERT' then
%7$s
  elsif tg_op = 'UPDATE' then
%8$s
  else
%9$s
  end if;
$body$,
      pg_catalog.upper(level),
      names_match,
      root,
      generation,
      read_slot,
      origin,
      on_insert,
      on_update,
      on_delete
    );
  end if;

  return pg_catalog.format(
    $body$
#variable_conflict use_column
declare
  teleport_slot bigint;
  teleport_origin text;
  teleport_count bigint;
begin
  if tg_op = 'TRUNCATE' then
    if pg_catalog.left(tg_name::text, 17) = 'teleport_truncate' then
      perform teleport.write_event('truncate', tg_relid, %s);
    end if;
    return null;
  end if;
%s
  return null;
end
$body$,
    generation,
    on_rows
  );
end
$function$;
