-- The chunks of a target that are on their way, and those that went over last.
-- Parameters: $1 target, $2 how many of the latter. Returns: relation, bytes, "sentAt", "doneAt" (null for those on
-- their way), and now, in seconds. Locks: none.
select relation, bytes,
  extract(epoch from sent_at)::float8 as "sentAt",
  extract(epoch from done_at)::float8 as "doneAt",
  extract(epoch from pg_catalog.clock_timestamp())::float8 as now
from (
  select relation, bytes, sent_at, done_at from teleport.chunk
  where target = $1 and sent_at is not null and done_at is null
  union all
  select * from (
    select relation, bytes, sent_at, done_at from teleport.chunk
    where target = $1 and sent_at is not null and done_at is not null
    order by done_at desc limit $2
  ) done
) recent
