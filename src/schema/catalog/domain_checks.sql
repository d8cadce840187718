-- Checks of domains. Parameters: $1 oids of the domains. Returns: one row per check. Takes no locks.
select
  c.oid::text as oid,
  c.contypid::text as domain,
  c.conname::text as name,
  pg_catalog.pg_get_constraintdef(c.oid) as definition
from pg_catalog.pg_constraint c
where c.contypid = any ($1::oid[])
  and c.contype = 'c'
order by c.conname
