-- Paid orders are packed, packed ones leave, and some arrive: a row's state is part of its key, and
-- moves it to another partition. Locks: the rows, and none that somebody else holds.
with chosen as (
  select id, placed_at
  from orders
  where status = 'paid'
  order by placed_at
  limit 3
  for update skip locked
), shipped as (
  update orders o set status = 'shipped'
  from chosen c
  where o.id = c.id and o.placed_at = c.placed_at
  returning o.id, o.placed_at
)
insert into shipments (order_id, placed_at, state, carrier)
select id, placed_at, 'packed', 'Carrier "' || id % 4 || '"'
from shipped;

update shipments set state = 'in_transit', track = track || 'left'::text
where (order_id, state) in (
  select order_id, state from shipments where state = 'packed' limit 3 for update skip locked
);

update shipments set state = 'delivered', track = track || '{"sorted","at the door, or so"}'
where (order_id, state) in (
  select order_id, state from shipments where state = 'in_transit' limit 2 for update skip locked
);
