-- Definitions of functions. Parameters: $1 oids of functions and procedures, no aggregates.
-- Returns: one row per function; `prefixes` are the two ways its name can be written. Takes no locks.
select
  p.oid::text as oid,
  pg_catalog.pg_get_functiondef(p.oid) as definition,
  p.prosrc as body,
  array[
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname),
    pg_catalog.quote_ident(p.proname)
  ]::text[] as names
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.oid = any ($1::oid[])
