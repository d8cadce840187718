-- The oldest placed orders are paid. Locks: their rows, and none that somebody else holds.
with chosen as (
  select id, placed_at
  from orders
  where status = 'placed'
  order by placed_at
  limit 3
  for update skip locked
), paid as (
  update orders o set status = 'paid', note = 'paid by the demo'
  from chosen c
  where o.id = c.id and o.placed_at = c.placed_at
  returning o.id, o.placed_at, o.total
)
insert into payments (id, order_id, placed_at, method, amount, paid_at, details)
select md5(random()::text || id)::uuid, id, placed_at, 'card', total, clock_timestamp(), null
from paid;
