-- A new product with its images and stock; a product that nobody ever ordered goes with all of its own;
-- a stock is recounted. Locks: the rows.
insert into products (sku, category_id, name, price, size, tags)
values ('SKU-' || md5(random()::text), 1 + floor(random() * 80)::integer, 'New', 9.99,
  row(1, null, 2.5)::parcel_size, '{new}');
insert into product_images (product_id, image_no, content)
select currval('products_id_seq'), n, decode(repeat(md5(random()::text), 200), 'hex')
from generate_series(1, 2) n;
insert into inventory (warehouse, product_id, on_hand)
select unnest(array['BER', 'LYS', 'OSL']), currval('products_id_seq'), 10;

delete from products p
where p.id = (
  select max(q.id) - 20
  from products q
  where not exists (select 1 from order_lines l where l.product_id = q.id)
)
and p.id > 2000;

update product_images set content = decode(md5(random()::text), 'hex') || content
where product_id = (select 1 + 2 * floor(random() * 900)::integer);
update inventory set on_hand = 500 + floor(random() * 500)::integer, counted_at = clock_timestamp()
where warehouse = 'LYS' and product_id % 100 = (select floor(random() * 100)::integer);
