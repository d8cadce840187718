-- Tables of schema public whose file is another than the transaction's snapshot says: a TRUNCATE that the
-- snapshot does not see has committed, and is not MVCC-safe. Parameters: none. Returns: oid, name.
-- Locks: none.
select c.oid, c.relname::text as name
from pg_catalog.pg_class c
where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'public')
  and c.relkind = 'r'
  and pg_catalog.pg_relation_filenode(c.oid) is distinct from c.relfilenode
order by c.relname
