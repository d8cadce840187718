-- Tables whose triggers only their owner can enable for sessions in replica role, told in one line.
-- Parameters: none. Returns: one text, or no row. Takes no locks.
select 'rows that sessions with session_replication_role = replica write go unseen in '
  || pg_catalog.count(*) || ' tables that the role does not own, such as '
  || pg_catalog.min(c.schema_name || '.' || c.table_name) as warning
from teleport.capture c
where c.level <> 'none' and not c.is_owned
having pg_catalog.count(*) > 0
