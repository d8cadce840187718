-- The inserts of a statement trigger whose key is one column: at most two rows get an event each, and only where
-- two came is the rest packed. So a statement of one row, which most are, never pays for the packing;
-- asking for the number of rows first would cost it as much as an insert of an event.
--
-- first: at most two of the keys; it has two rows, duplicates included, wherever there are rows that it
-- leaves out. rest: all of those. Both with `is_current` and `k1`; see insert_by_slot.sql for the other
-- parameters. Returns: plpgsql text. Takes no locks.
create or replace function teleport.insert_packed(
  relation oid,
  root oid,
  generation integer,
  first text,
  rest text
)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $function$
  select teleport.insert_by_slot($1, $2, $3, $4, 'array[k.k1]')
    || E'    get diagnostics teleport_count = row_count;\n    if teleport_count > 1 then'
    || teleport.insert_by_slot($1, $2, $3, teleport.pack_keys($5), 'k.keys')
    || '    end if;'
$function$;
