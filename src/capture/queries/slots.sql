-- The three slots of the event queue. A slot without pages is empty for sure; one with pages may hold
-- rolled back events only. Parameters: none. Returns: slot, bytes with index, whether writers use it,
-- whether it has no pages. Takes no locks.
select
  s.slot,
  pg_catalog.pg_total_relation_size(s.relation)::text as bytes,
  s.slot = (select q.last_value % 3 from teleport.slot q) as "isCurrent",
  pg_catalog.pg_relation_size(s.relation) = 0 as "isEmpty"
from (
  values
    (0, 'teleport.event_0'::regclass),
    (1, 'teleport.event_1'::regclass),
    (2, 'teleport.event_2'::regclass)
) as s (slot, relation)
order by s.slot;
