-- Raises maintenance_work_mem until the transaction ends to a share of shared_buffers, which tells what the server has
-- to spend, 1 GB at most; what the operator has set is never lowered. Parameters: $1 how many builds share it.
-- Returns: the value, no row where it stays as it is. Takes no locks.
select pg_catalog.set_config('maintenance_work_mem', share.kilobytes || 'kB', true) as value
from (
  select least(1048576, b.setting::bigint * pg_catalog.current_setting('block_size')::bigint / 1024 / $1::integer) as kilobytes
  from pg_catalog.pg_settings b
  where b.name = 'shared_buffers'
) share
join pg_catalog.pg_settings m on m.name = 'maintenance_work_mem'
where share.kilobytes > m.setting::bigint
