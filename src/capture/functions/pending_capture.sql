-- The topmost relations whose capture is not as it should be.
-- Parameters: the topmost relations to look at, null for all. Returns: oids. Takes no locks.
create or replace function teleport.pending_capture(tops oid[])
returns setof oid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
begin
  return query
  with plan as (
    select p.top, p.relation, p.is_pending from teleport.compare_capture(tops) p
  )
  select p.top from plan p where p.is_pending
  union
  select c.top
  from teleport.capture c
  where (tops is null or c.top = any (tops))
    and not exists (select 1 from plan p where p.relation = c.relation)
    and (
      c.level <> 'none'
      or not exists (select 1 from pg_catalog.pg_class r where r.oid = c.relation)
    );
end
$function$;
