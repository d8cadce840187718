-- What moves when the target applies anything: batches, loads that began, chunks that were stored.
-- Parameters: none. Returns: one row with one text. Locks: none that matter.
select pg_catalog.concat_ws(
  ' ',
  (select pg_catalog.sum(batches) from teleport.applied),
  (select pg_catalog.string_agg(load || coalesce(position, ''), ',' order by load) from teleport.applied_load),
  (select pg_catalog.count(*) from teleport.applied_chunk)
) as progress;
