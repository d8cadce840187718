-- Installs, repairs or retires the capture of one table, or of one partitioned table with all its
-- partitions, as the catalogs and teleport.wanted say now. Does nothing where nothing changed.
--
-- A reload event is written for a root that was captured before and whose events so far may miss rows or name them
-- by a key that is no longer one: another key or level, triggers that somebody disabled or dropped, a partition that
-- left (then with a note ["left", schema, name]: no reload where the target lets it go as well). A partition
-- that came with rows gets a row event for each, and for each row event that it had as a table of its own.
--
-- Parameters: the topmost relation; the greatest size in bytes of a new partition whose rows get their
-- events now (a bigger one waits for the next call that allows it: not in an application's DDL).
-- Returns: whether anything changed. Locks: SHARE ROW EXCLUSIVE on the relations that need triggers,
-- ancestors first.
create or replace function teleport.sync_capture(tree oid, touch_bytes bigint)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
declare
  is_latest boolean := pg_catalog.current_setting('transaction_isolation') = 'read committed';
  member record;
  leaver record;
  seen oid[] := '{}';
  reloads oid[] := '{}';
  new_generation integer;
  new_finding text;
  new_is_touched boolean;
  has_changed boolean := false;
begin
  -- What follows is DDL that event triggers are not to take for somebody's. (Only a superuser may give
  -- a function a setting of a class that the server does not know.)
  perform pg_catalog.set_config('teleport.is_installing', 'on', true);
  perform 1 from teleport.capture c where c.top = tree order by c.relation for update;

  for member in
    select p.*,
      exists (
        select 1 from teleport.capture c
        where c.relation = p.relation and c.key_columns = p.key_columns
          -- A partition's has no part about an index: see key_signature.sql.
          and pg_catalog.split_part(c.key_signature, ' | ', 1)
            = pg_catalog.split_part(p.key_signature, ' | ', 1)
      ) as has_same_key,
      pg_catalog.max(case when p.relation = p.root then p.old_generation end) over unit
        as base_generation,
      pg_catalog.bool_or(p.belongs) over unit as was_captured,
      pg_catalog.bool_or(p.is_changed) over unit as is_root_changed,
      pg_catalog.bool_or(p.is_disturbed) over unit as is_root_disturbed
    from teleport.compare_capture(array[tree]) p
    window unit as (partition by p.root)
    order by p.depth, p.relation
  loop
    seen := seen || member.relation;
    new_generation := coalesce(member.base_generation, 0);
    new_finding := null;
    new_is_touched := member.is_touched;

    if member.level <> 'none' then
      if not member.was_captured or member.is_root_changed then
        new_generation := new_generation + 1;
      end if;
      if new_generation > 1 and (not member.was_captured or member.is_root_changed)
        or member.is_root_disturbed then
        reloads := reloads || member.root;
      end if;
    elsif member.relation <> member.root then
      new_generation := 0;
    end if;
    -- The rest of the row is about this relation alone; skip what is as it should be.
    if not (member.is_pending or coalesce(member.is_root_changed, false)) then
      continue;
    end if;
    has_changed := true;

    if member.level <> 'none' or coalesce(member.old_level, 'none') <> 'none' then
      perform teleport.create_capture_function(
        member.relation, member.root, member.level, new_generation, member.key_columns
      );
      new_finding := teleport.install_triggers(
        member.relation, member.level, member.is_owned,
        member.level <> 'none'
          and (member.old_level, member.old_root) is distinct from (member.level, member.root)
      );
    end if;

    if member.level not in ('none', 'truncate') and member.was_captured and not member.belongs
      or not member.is_touched then
      new_is_touched := member.root = any (reloads);
      if not new_is_touched and not is_latest then
        -- Our snapshot may be older than rows that the partition brings.
        reloads := reloads || member.root;
        new_is_touched := true;
      elsif not new_is_touched and member.old_root = member.relation and member.old_level <> 'none' then
        if member.has_same_key then
          perform teleport.carry_keys(
            member.relation, member.old_generation, member.root, new_generation
          );
        else
          -- Its events name rows by another key.
          reloads := reloads || member.root;
          new_is_touched := true;
        end if;
      end if;
      if not new_is_touched and pg_catalog.pg_relation_size(member.relation) <= touch_bytes then
        if member.kind = 'r' then
          perform teleport.touch_keys(
            member.relation, member.root, new_generation, member.key_columns
          );
        end if;
        new_is_touched := true;
      end if;
    end if;

    if member.old_level <> 'none' and member.old_root not in (member.root, member.relation) then
      perform teleport.reload_captured(
        member.old_root, array['left', member.schema_name, member.table_name]
      );
    end if;

    update teleport.capture c
    set former_root = case
        when member.root <> member.relation then null
        when c.root <> c.relation then c.root
        else c.former_root
      end,
      root = member.root, top = member.top, schema_name = member.schema_name,
      table_name = member.table_name, level = member.level, generation = new_generation,
      key_columns = member.key_columns, key_signature = member.key_signature,
      triggers = teleport.trigger_state(member.relation), is_owned = member.is_owned,
      is_touched = new_is_touched, template = member.template, reason = member.reason,
      is_wanted = true,
      finding = new_finding, installed_at = pg_catalog.now()
    where c.relation = member.relation;
    if not found then
      insert into teleport.capture (relation, root, top, schema_name, table_name, level, generation,
        key_columns, key_signature, triggers, is_owned, is_touched, template, reason, finding)
      values (member.relation, member.root, member.top, member.schema_name, member.table_name,
        member.level, new_generation, member.key_columns, member.key_signature,
        teleport.trigger_state(member.relation), member.is_owned, new_is_touched, member.template,
        member.reason, new_finding);
    end if;
  end loop;

  for leaver in
    select c.relation, c.root, c.level, c.schema_name, c.table_name,
      exists (select 1 from pg_catalog.pg_class r where r.oid = c.relation) as is_there
    from teleport.capture c
    where c.top = tree and c.relation <> all (seen)
  loop
    has_changed := has_changed or not leaver.is_there or leaver.level <> 'none';
    if leaver.is_there then
      if leaver.level <> 'none' then
        perform teleport.create_capture_function(leaver.relation, leaver.relation, 'none', 0, '{}');
        perform teleport.install_triggers(leaver.relation, 'none', false, false);
      end if;
      update teleport.capture c
      set former_root = case when c.root <> c.relation then c.root else c.former_root end,
        top = teleport.root_of(leaver.relation), root = leaver.relation, level = 'none',
        key_columns = '{}', key_signature = '', is_touched = true, finding = null,
        reason = 'no target_expression names it', is_wanted = false
      where c.relation = leaver.relation;
    else
      -- After a restore the triggers of a table with another oid now may still call it.
      if not exists (
        select 1
        from pg_catalog.pg_trigger t
        join pg_catalog.pg_proc p on p.oid = t.tgfoid
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'teleport' and p.proname = 'capture_' || leaver.relation
      ) then
        execute pg_catalog.format(
          'drop function if exists teleport.%I()', 'capture_' || leaver.relation
        );
      end if;
      delete from teleport.capture c where c.relation = leaver.relation;
    end if;
    if leaver.root <> leaver.relation and leaver.level in ('statement', 'row') then
      perform teleport.reload_captured(
        leaver.root, array['left', leaver.schema_name, leaver.table_name]
      );
    end if;
  end loop;

  perform teleport.reload_captured(r.root, null)
  from (select distinct u.root from pg_catalog.unnest(reloads) as u (root)) r;
  perform pg_catalog.set_config('teleport.is_installing', 'off', true);
  return has_changed;
end
$function$;
