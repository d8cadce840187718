-- Which kinds of WAL records were written between $1 and $2, the most bytes first. PostgreSQL 15 and
-- newer, with the extension pg_walinspect.
select string_agg(count || ' ' || resource_manager || ' ' || record_type, ', ' order by bytes desc)
  as records
from (
  select resource_manager, record_type, count(*) as count, sum(record_length) as bytes
  from pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)
  group by resource_manager, record_type
) kinds
