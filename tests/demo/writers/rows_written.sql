-- How many rows of the shop this transaction wrote, those of cascades and of parts rolled back to a
-- savepoint included. Parameters: none. Returns: rows. Locks: none.
select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::integer as rows
from pg_stat_xact_user_tables
where schemaname = 'public';
