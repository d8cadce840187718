-- Event trigger function (9.5 and later): writes a reload event for a captured table whose rows are
-- about to be rewritten with other values (reason 2: a default, 4: a column's type; not 1, persistence,
-- or 8, access method). Never fails the statement. Takes no locks but on a slot.
create or replace function teleport.on_table_rewrite()
returns event_trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $function$
#variable_conflict use_column
begin
  if pg_catalog.pg_event_trigger_table_rewrite_reason() & 6 <> 0 then
    perform teleport.reload_captured(c.root, array['rewritten'])
    from teleport.capture c
    where c.relation = pg_catalog.pg_event_trigger_table_rewrite_oid() and c.level <> 'none';
  end if;
exception
  when others then
    raise log 'teleport: a rewrite of % went without a reload event: % %',
      pg_catalog.pg_event_trigger_table_rewrite_oid(), sqlstate, sqlerrm;
end
$function$;
