-- The inserts of a statement trigger whose key is one column: a first one for statements of few rows, and
-- where there may be more a second that packs the keys. So a statement of one row, which most are,
-- hardly pays for the packing; to ask for the number of rows first would cost it a tenth more.
--
-- may_be_more: a condition on `teleport_count`, the number of rows that the first inserted; first: a query
-- with `is_current`; first_key: the event's key by its row k. rest: all other rows, with `is_current` and `k1`. For the other
-- parameters see insert_by_slot.sql. Returns: plpgsql text. Takes no locks.
create or replace function teleport.insert_packed(
  relation oid,
  root oid,
  generation integer,
  may_be_more text,
  first_key text,
  first text,
  rest text
)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $function$
  select teleport.insert_by_slot($1, $2, $3, $6, $5)
    || E'    get diagnostics teleport_count = row_count;\n    if ' || $4 || ' then'
    || teleport.insert_by_slot($1, $2, $3, teleport.pack_keys($7), 'k.keys')
    || '    end if;'
$function$;
