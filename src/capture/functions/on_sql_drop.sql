-- Event trigger function (9.5 and later): writes a ddl event for what was dropped, forgets dropped
-- tables and looks again at tables whose key may have gone. ALTER TABLE is left to
-- on_ddl_command_end, which follows. Never fails the statement. Waits for locks for 200 ms at most.
-- Locks: as sync_capture.
create or replace function teleport.on_sql_drop()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $function$
#variable_conflict use_column
declare
  dropped oid[];
  cut oid[];
  has_index boolean;
  has_any boolean;
begin
  if teleport.is_installing() then
    return;
  end if;
  -- What goes along with a temporary table, such as a column's default, is not marked as temporary.
  select coalesce(pg_catalog.bool_or(d.original), false),
    coalesce(pg_catalog.bool_or(d.original and d.object_type = 'index'), false),
    coalesce(pg_catalog.array_agg(d.objid) filter (
      where d.object_type in ('table', 'foreign table') and d.objsubid = 0
    ), '{}'),
    coalesce(pg_catalog.array_agg(distinct d.objid) filter (
      where d.object_type = 'table column'
    ), '{}')
  into has_any, has_index, dropped, cut
  from pg_catalog.pg_event_trigger_dropped_objects() d
  where not d.is_temporary
    and d.schema_name is distinct from 'teleport'
    and d.object_identity is distinct from 'teleport';
  if not has_any then
    return;
  end if;
  if pg_catalog.array_length(dropped, 1) is null then
    perform teleport.write_event('ddl', 0, 0);
  else
    perform teleport.write_event('ddl', r.oid, 0) from pg_catalog.unnest(dropped) as r (oid);
  end if;
  if tg_tag = 'ALTER TABLE' then
    return;
  end if;
  begin
    perform teleport.sync_after_ddl(case when has_index then null else dropped || cut end);
  exception
    when others then
      perform teleport.write_event('ddl', 0, 0, array['capture', sqlstate, sqlerrm]);
  end;
exception
  when others then
    raise log 'teleport: % went without a ddl event: % %', tg_tag, sqlstate, sqlerrm;
end
$function$;
