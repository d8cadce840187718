-- A query over keys that makes of many a few: about a hundred to a row, which is a third of a bulk
-- statement's cost, since each event row takes an insert into the heap and one into the index. Cut where the running
-- length says so, so that a row stays below the size at which PostgreSQL begins to compress (2 kB), and
-- so that no more than that and one key are ever held together, however long a key is. A key weighs its
-- text, a header and padding. A part with a value that is no key any more is a reload.
-- Parameters: a query with `is_current` and `k1`, the key's text. Returns: a query with `is_current` and
-- `keys`, text[]. Takes no locks.
create or replace function teleport.pack_keys(keys text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $function$
  select 'select pg_catalog.bool_and(k.is_current) as is_current, pg_catalog.array_agg(k.k1) as keys'
    || ' from (select k.is_current, k.k1,'
    || ' pg_catalog.sum(pg_catalog.octet_length(k.k1) + 8) over (rows unbounded preceding) / 1800 as part'
    || ' from (' || $1 || ') k) k group by k.part'
$function$;
