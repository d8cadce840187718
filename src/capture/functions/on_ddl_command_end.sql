-- Event trigger function (9.5 and later): writes a ddl event for the statement and installs, in its own
-- transaction, the capture of the tables it made or altered. Never fails the statement: what goes wrong
-- is left to the watcher, with a ddl event that says so. Waits for locks for 200 ms at most.
-- Locks: as sync_capture.
create or replace function teleport.on_ddl_command_end()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $function$
#variable_conflict use_column
declare
  relations oid[];
  has_changed_type boolean;
  has_commands boolean;
begin
  if teleport.is_installing() or tg_tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES',
    'REFRESH MATERIALIZED VIEW', 'SECURITY LABEL') then
    return;
  end if;
  select pg_catalog.count(*) > 0,
    coalesce(pg_catalog.bool_or(d.command_tag in ('ALTER TYPE', 'ALTER DOMAIN')), false),
    pg_catalog.array_agg(
      distinct case
        when d.classid = 'pg_catalog.pg_class'::regclass then coalesce(i.indrelid, d.objid)
        when d.classid = 'pg_catalog.pg_trigger'::regclass then t.tgrelid
      end
    )
  into has_commands, has_changed_type, relations
  from pg_catalog.pg_event_trigger_ddl_commands() d
  left join pg_catalog.pg_index i
    on d.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = d.objid
  left join pg_catalog.pg_trigger t
    on d.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = d.objid
  where d.schema_name is distinct from 'pg_temp'
    and d.schema_name is distinct from 'teleport'
    and d.object_identity is distinct from 'teleport';
  if not has_commands then
    return;
  end if;
  select coalesce(pg_catalog.array_agg(r.oid), '{}')
  into relations
  from pg_catalog.unnest(relations) as r (oid)
  where r.oid is not null;

  if pg_catalog.array_length(relations, 1) is null then
    perform teleport.write_event('ddl', 0, 0);
  else
    perform teleport.write_event('ddl', r.oid, 0) from pg_catalog.unnest(relations) as r (oid);
  end if;
  begin
    perform teleport.sync_after_ddl(case when has_changed_type then null else relations end);
  exception
    when others then
      perform teleport.write_event('ddl', 0, 0, array['capture', sqlstate, sqlerrm]);
  end;
exception
  when others then
    raise log 'teleport: % went without a ddl event: % %', tg_tag, sqlstate, sqlerrm;
end
$function$;
