-- The phases that tables are in on their way. Returns: rows of one text. Locks: none that matter.
select distinct case
  when s.state <> 'loading' then s.state
  when not c.is_planned then 'plan'
  when c.done = 0 then 'prepare'
  when c.done < c.planned then 'chunks'
  else 'catch-up'
end as phase
from teleport.table_state s
cross join lateral (
  select pg_catalog.count(planned_after) > 0 as is_planned,
    pg_catalog.count(condition) as planned, pg_catalog.count(done_at) as done
  from teleport.chunk where load = s.load
) c
where s.state <> 'streaming';
