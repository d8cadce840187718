-- The topmost partitioned ancestor of a relation, or the relation itself. Old-style inheritance
-- parents are no ancestors here: each such table is replicated as a table of its own.
-- Parameters: the relation. Returns: oid. Takes no locks.
create or replace function teleport.root_of(relation oid)
returns oid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  current_relation oid := relation;
  parent oid;
begin
  loop
    select i.inhparent
    into parent
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhparent
    where i.inhrelid = current_relation and c.relkind = 'p';
    exit when not found;
    current_relation := parent;
  end loop;
  return current_relation;
end
$function$;
