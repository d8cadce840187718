-- Tables that a subscription writes and that the role does not own: its triggers do not fire for the
-- subscription's worker (10 and later). Parameters: none. Returns: one text a row. Takes no locks.
select 'rows that a subscription writes into ' || c.schema_name || '.' || c.table_name
  || ' go unseen: only the table''s owner can enable triggers for them' as warning
from teleport.capture c
join pg_catalog.pg_subscription_rel s on s.srrelid = c.relation
where c.level <> 'none' and not c.is_owned
order by 1;
