-- The oldest placed orders are paid. Locks: their rows, and none that somebody else holds.
insert into payments (id, order_id, placed_at, method, amount, paid_at, details)
select md5(random()::text || id)::uuid, id, placed_at, 'card', total, clock_timestamp(), null
from orders
where status = 'placed'
order by placed_at
limit 3
for update skip locked;

update orders o set status = 'paid', note = 'paid by the demo'
where status = 'placed' and exists (select 1 from payments p where p.order_id = o.id);
