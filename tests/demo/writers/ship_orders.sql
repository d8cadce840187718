-- Paid orders are packed, packed ones leave, and some arrive: a row's state is part of its key, and
-- moves it to another partition. Locks: the rows, and none that somebody else holds.
insert into shipments (order_id, placed_at, state, carrier)
select id, placed_at, 'packed', 'Carrier "' || id % 4 || '"'
from orders
where status = 'paid'
order by placed_at
limit 3
for update skip locked;

update orders o set status = 'shipped'
where status = 'paid'
and exists (select 1 from shipments s where s.order_id = o.id and s.state = 'packed');

update shipments set state = 'in_transit', track = track || 'left'::text
where (order_id, state) in (
  select order_id, state from shipments where state = 'packed' limit 3 for update skip locked
);

update shipments set state = 'delivered', track = track || '{"sorted","at the door, or so"}'
where (order_id, state) in (
  select order_id, state from shipments where state = 'in_transit' limit 2 for update skip locked
);
