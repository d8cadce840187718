-- Brings capture in line after a DDL statement, inside its transaction, for the relations that it
-- touched and those they belong together with.
-- Parameters: the relations; null for every captured or wanted one (after a change of types or a
-- dropped index, which do not say whose they were). Returns: nothing.
-- Locks: as sync_capture, on relations that the statement has locked itself.
create or replace function teleport.sync_after_ddl(relations oid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  -- More rows than this in a new partition get their events from the instance, not from this statement.
  touch_bytes constant bigint := 67108864;
  tops oid[];
  pending oid;
begin
  if relations is not null then
    select pg_catalog.array_agg(distinct near.top)
    into tops
    from (
      select teleport.root_of(r.oid) as top from pg_catalog.unnest(relations) as r (oid)
      union
      -- INHERIT and NO INHERIT change the other side too.
      select teleport.root_of(i.inhparent) from pg_catalog.pg_inherits i where i.inhrelid = any (relations)
      union
      select teleport.root_of(i.inhrelid) from pg_catalog.pg_inherits i where i.inhparent = any (relations)
      union
      -- What was installed with them: a partition that is being attached or detached.
      select c.top from teleport.capture c where c.relation = any (relations)
      union
      select teleport.root_of(c.relation)
      from teleport.capture c
      where c.top = any (relations) and c.relation <> all (relations)
    ) near;
    if tops is null then
      return;
    end if;
  end if;
  for pending in
    -- Those that lose a partition first, those that gain it next.
    select p.top
    from teleport.pending_capture(tops) as p (top)
    order by exists (select 1 from teleport.capture c where c.relation = p.top) desc, p.top
  loop
    perform teleport.sync_capture(pending, touch_bytes);
  end loop;
end
$function$;
