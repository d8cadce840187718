-- Takes away what is in a partition's way: rows of its own that its new bounds leave out, and those of the
-- default partition that they take in. On the source they have left these places, so each has an event, which
-- comes after the schema and writes the row where it is now. Not where the rows are captured for targets of
-- this database's own: they would be taken for changes made here. What the bounds mean, the server says
-- of an empty partition that has them.
-- Replaced: PARENT and PART by their quoted names in a literal, BOUND by the bound in one.
do $room$
declare
  parent constant pg_catalog.regclass := 'PARENT';
  part constant pg_catalog.regclass := 'PART';
  condition text;
  spare pg_catalog.regclass;
begin
  select i.inhrelid
  into spare
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  where i.inhparent = parent and pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT';
  if exists (
    select 1
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where t.tgrelid in (parent, part, spare) and p.pronamespace = 'teleport'::pg_catalog.regnamespace
  ) then
    return;
  end if;
  execute pg_catalog.format(
    'create temp table "teleport room" (like %s) partition by %s', parent, pg_catalog.pg_get_partkeydef(parent)
  );
  execute pg_catalog.format(
    'create temp table "teleport room part" partition of pg_temp."teleport room" %s', 'BOUND'::text
  );
  condition := pg_catalog.pg_get_partition_constraintdef('pg_temp."teleport room part"'::pg_catalog.regclass);
  execute pg_catalog.format('delete from %s where not (%s)', part, condition);
  if spare is not null and spare <> part then
    execute pg_catalog.format('delete from %s where %s', spare, condition);
  end if;
  drop table pg_temp."teleport room";
end
$room$
