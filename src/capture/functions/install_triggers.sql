-- Brings the capture triggers of one relation in line with its level. Nothing is dropped, which would
-- take ACCESS EXCLUSIVE and ownership: a trigger that another level left is made idle where the server
-- can replace triggers (14), and elsewhere its function does nothing for it.
-- Parameters: the relation, its level, whether the role owns it.
-- Returns: what is wrong and only the owner can mend, else null.
-- Locks: SHARE ROW EXCLUSIVE on the relation where something has to change.
create or replace function teleport.install_triggers(relation oid, level text, is_owned boolean)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  version integer := pg_catalog.current_setting('server_version_num')::integer;
  table_text text;
  call_text text := pg_catalog.format('execute procedure teleport.%I()', 'capture_' || relation);
  wished record;
  present record;
  finding text;
begin
  select pg_catalog.format('%I.%I', n.nspname, c.relname)
  into table_text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;

  -- pg_trigger.tgtype: 1 for each row, 4 insert, 8 delete, 16 update, 32 truncate.
  for wished in
    select w.*
    from (
      values
        ('teleport_insert', 'statement', 4,
          'after insert on %s referencing new table as teleport_new for each statement'),
        ('teleport_update', 'statement', 16,
          'after update on %s referencing new table as teleport_new old table as teleport_old'
            || ' for each statement'),
        ('teleport_delete', 'statement', 8,
          'after delete on %s referencing old table as teleport_old for each statement'),
        ('teleport_row', 'row', 29, 'after insert or update or delete on %s for each row'),
        ('teleport_truncate', null, 32, 'after truncate on %s for each statement')
    ) as w (name, level, shape, definition)
    order by w.name
  loop
    select t.tgtype::integer as shape, t.tgenabled::text as enabled,
      p.proname = 'capture_' || relation and n.nspname = 'teleport' as is_ours
    into present
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where t.tgrelid = relation and t.tgname = wished.name and not t.tgisinternal;

    if level = 'none' or wished.level <> level then
      -- A statement trigger that is left behind costs its transition tables, and forbids foreign
      -- partitions; as an idle TRUNCATE trigger it costs nothing.
      if present.shape is not null and present.shape <> 32 and version >= 140000 then
        execute pg_catalog.format(
          'create or replace trigger %I after truncate on %s for each statement %s',
          wished.name, table_text, call_text
        );
      end if;
      continue;
    end if;

    if present.shape is null then
      execute pg_catalog.format(
        'create trigger %I ' || wished.definition || ' %s', wished.name, table_text, call_text
      );
      present.enabled := 'O';
    elsif present.shape <> wished.shape
      or not present.is_ours
      or (present.enabled not in ('O', 'A') and not is_owned and version >= 140000) then
      if version >= 140000 then
        -- Replacing also enables, which else only the owner can.
        execute pg_catalog.format(
          'create or replace trigger %I ' || wished.definition || ' %s',
          wished.name, table_text, call_text
        );
        present.enabled := 'O';
      elsif is_owned then
        execute pg_catalog.format('drop trigger %I on %s', wished.name, table_text);
        execute pg_catalog.format(
          'create trigger %I ' || wished.definition || ' %s', wished.name, table_text, call_text
        );
        present.enabled := 'O';
      else
        finding := pg_catalog.format(
          'its trigger %s is not teleport''s; the owner has to drop it', wished.name
        );
        continue;
      end if;
    end if;

    if is_owned and present.enabled <> 'A' then
      -- Writers in replica role, our own applier among them, must be seen too.
      execute pg_catalog.format(
        'alter table %s enable always trigger %I', table_text, wished.name
      );
    elsif not is_owned and present.enabled not in ('O', 'A') then
      finding := pg_catalog.format(
        'its trigger %s is disabled; the owner has to enable it', wished.name
      );
    end if;
  end loop;
  return finding;
end
$function$;
