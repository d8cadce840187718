-- Brings the capture triggers of one relation in line with its level. Nothing is dropped, which would
-- take ACCESS EXCLUSIVE and ownership: a trigger that another level left is made idle where the server
-- can replace triggers (14), and elsewhere its function does nothing for it.
-- Parameters: the relation, its level, whether the role owns it; whether to wait for writers in any
-- case. A function that begins to do something, or something else, while its triggers stay as they are
-- must not be missed by a transaction that wrote before and commits after.
-- Returns: what is wrong and only the owner can mend, else null.
-- Locks: SHARE ROW EXCLUSIVE on the relation where something has to change.
create or replace function teleport.install_triggers(
  relation oid,
  level text,
  is_owned boolean,
  must_lock boolean
)
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
  name text;
  shape integer;
  enabled text;
  is_teleports boolean;
  is_ours boolean;
  finding text;
  has_locked boolean := false;
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
    select t.tgname::text, t.tgtype::integer, t.tgenabled::text, n.nspname = 'teleport',
      n.nspname = 'teleport' and p.proname = 'capture_' || relation
    into name, shape, enabled, is_teleports, is_ours
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where t.tgrelid = relation
      and t.tgname in (wished.name, wished.name || '_' || relation)
      and not t.tgisinternal
    order by 5 desc, 1
    limit 1;
    if name is null then
      name := wished.name;
    elsif not is_ours and (not is_teleports or (version < 140000 and not is_owned)) then
      -- Somebody's own trigger has the name; or the table was restored and its trigger, which calls the
      -- function of its former oid, cannot be replaced here.
      name := wished.name || '_' || relation;
      shape := null;
    end if;

    if level = 'none' or wished.level <> level then
      -- A statement trigger that is left behind costs its transition tables, and forbids foreign
      -- partitions; as an idle TRUNCATE trigger it costs nothing.
      if shape is not null and shape <> 32 and version >= 140000 then
        execute pg_catalog.format(
          'create or replace trigger %I after truncate on %s for each statement %s',
          name, table_text, call_text
        );
      end if;
      continue;
    end if;

    if shape is null then
      execute pg_catalog.format(
        'create trigger %I ' || wished.definition || ' %s', name, table_text, call_text
      );
      has_locked := true;
      enabled := 'O';
    elsif shape <> wished.shape
      or not is_ours
      or (enabled not in ('O', 'A') and not is_owned and version >= 140000) then
      has_locked := true;
      if version >= 140000 then
        -- Replacing also enables, which else only the owner can.
        execute pg_catalog.format(
          'create or replace trigger %I ' || wished.definition || ' %s',
          name, table_text, call_text
        );
        enabled := 'O';
      else
        execute pg_catalog.format('drop trigger %I on %s', name, table_text);
        execute pg_catalog.format(
          'create trigger %I ' || wished.definition || ' %s', name, table_text, call_text
        );
        enabled := 'O';
      end if;
    end if;

    if is_owned and enabled <> 'A' then
      -- Writers in replica role, our own applier among them, must be seen too.
      execute pg_catalog.format(
        'alter table %s enable always trigger %I', table_text, name
      );
    elsif not is_owned and enabled not in ('O', 'A') then
      finding := pg_catalog.format(
        'its trigger %s is disabled; the owner has to enable it', name
      );
    end if;
  end loop;

  if must_lock and not has_locked then
    if is_owned then
      execute pg_catalog.format('lock table only %s in share row exclusive mode', table_text);
    else
      -- With SELECT and TRIGGER alone, making a trigger is the only way to that lock.
      execute pg_catalog.format(
        'create trigger %I after truncate on %s for each statement %s',
        'teleport_fence_' || pg_catalog.txid_current(), table_text, call_text
      );
    end if;
  end if;
  return finding;
end
$function$;
