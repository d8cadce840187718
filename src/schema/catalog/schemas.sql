-- Schemas of the database. Parameters: none. Returns: one row per schema. Takes no locks.
select n.nspname::text as name
from pg_catalog.pg_namespace n
