-- A customer orders one to four products, which are reserved in a warehouse.
-- Locks: rows of inventory, in the order of the plan, so that two of these may deadlock now and then.
insert into orders (placed_at, customer_id, status, ship_to)
select timestamptz '2025-11-01' + random() * interval '400 days', c.id, 'placed',
  jsonb_build_object('city', 'City ' || c.id % 31, 'express', random() < 0.2)
from customers c
where c.id >= (select 1 + floor(random() * 5900)::integer)
order by c.id
limit 1;

insert into order_lines (order_id, placed_at, line_no, product_id, quantity, unit_price, discount)
select o.id, o.placed_at, row_number() over (order by p.id), p.id, 1 + p.id % 3, p.price, 0.05
from orders o, lateral (
  select id, price
  from products
  where id >= (select 1 + floor(random() * 1900)::integer)
  order by id
  limit 1 + o.customer_id % 4
) p
where o.id = (select currval('order_numbers'));

update inventory i set reserved = i.reserved + l.quantity
from order_lines l
where l.order_id = (select currval('order_numbers')) and i.product_id = l.product_id and i.warehouse = 'BER';

update orders set total = (
  select sum(quantity * unit_price) from order_lines where order_id = (select currval('order_numbers'))
)
where id = (select currval('order_numbers'));

insert into events (at, kind, payload)
values (clock_timestamp(), 'order', jsonb_build_object('order', currval('order_numbers')));
