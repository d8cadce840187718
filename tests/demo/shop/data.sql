-- Some 90,000 rows, the same in every run but for uuids. Values of double precision and point are
-- binary fractions: servers before 12 print others with more digits, and the checksum is of text.
-- Parameters: none. Returns: nothing. Locks: none to speak of, nobody uses the tables yet.
select setseed(0.42);

insert into customers (email, name, phones, preferences, birthday, score, registered_at)
select 'customer' || n || '@example.com', 'Customer "' || n || '"; Ünïcode\n',
  array(select '+49 30 ' || n * 10 + phone from generate_series(1, n % 3) phone),
  jsonb_build_object('language', (array['en', 'de', 'fr'])[1 + n % 3], 'news', n % 2 = 0),
  case when n % 7 > 0 then date '1950-01-01' + n * 3 % 20000 end,
  n / 64.0, timestamptz '2020-01-01' + n * interval '7 hours 3.000001 seconds'
from generate_series(1, 6000) n;

insert into addresses (customer_id, address_no, street, city, postcode, place)
select n, number, 'Road ' || n % 97 || ', ' || number, 'City' || E'\t' || n % 31,
  lpad((n * 7 % 99999)::text, 5, '0'), case when number = 1 then point(n / 8.0, -n / 16.0) end
from generate_series(1, 6000) n, generate_series(1, 1 + n % 2) number;

insert into categories (id, parent_id, name, path)
select n, nullif(n / 4, 0), 'Category ' || n, array['shop', n::text]
from generate_series(1, 80) n;

insert into products (sku, category_id, name, description, price, weight_kg, size, tags, attributes)
select 'SKU-' || lpad(n::text, 6, '0'), 1 + n % 80, 'Product ' || n || ' of wood and steel',
  case when n % 50 = 0 then repeat(md5(n::text), 300) when n % 3 > 0 then 'Text of ' || n end,
  round((random() * 900 + 1)::numeric, 2), round((random() * 40)::numeric, 3),
  case when n % 4 > 0 then row(n % 90 + 0.5, n % 70, 12)::parcel_size end,
  (array['tag' || n % 11, 'a,b', 'with "quotes"', null])[1:1 + n % 4],
  jsonb_build_object('color', (array['red', 'green', 'blue'])[1 + n % 3], 'stock', n % 5,
    'sizes', jsonb_build_array(n % 9, null, 1.10))
from generate_series(1, 2000) n;

insert into product_images (product_id, image_no, content)
select n, number, decode(repeat(md5(n || '/' || number), 20 + n % 60), 'hex')
from generate_series(1, 2000, 2) n, generate_series(1, 1 + n % 3) number;

insert into inventory (warehouse, product_id, on_hand, counted_at)
select warehouse, n, (1000 + random() * 1000)::integer, timestamptz '2026-01-01' + n * interval '1 s'
from generate_series(1, 2000) n, unnest(array['BER', 'LYS', 'OSL']) warehouse;

insert into promotions (code, percent, during)
select 'SALE' || n, 5 + n % 40, daterange(date '2026-01-01' + n * 14, date '2026-01-08' + n * 14)
from generate_series(1, 24) n;

insert into exchange_rates (currency, day, rate)
select currency, date '2026-01-01' + n, round((0.5 + random())::numeric, 8)
from generate_series(0, 99) n, unnest(array['USD', 'GBP', 'CHF', 'SEK']) currency;

insert into carts (id, customer_id, items, expires_at)
select md5('cart' || n)::uuid, n, jsonb_build_array(n % 2000, n % 7), timestamptz '2027-01-01'
from generate_series(1, 1500) n;

insert into reviews (customer_id, product_id, stars, words, written_at)
select n, 1 + (n * 13 + number) % 2000, 1 + n % 5, case when n % 4 > 0 then 'Review ' || n end,
  timestamptz '2025-06-01' + n * interval '1 h'
from generate_series(1, 3000) n, generate_series(1, 2) number;

insert into orders (placed_at, customer_id, status, ship_to, note)
select timestamptz '2025-10-01' + n * interval '39 minutes 0.000001 s', 1 + n * 7 % 6000,
  case when n < 11000 then 'delivered' when n % 9 = 0 then 'paid' else 'placed' end::order_status,
  jsonb_build_object('city', 'City ' || n % 31, 'floor', n % 6),
  case when n % 10 = 0 then E'back\\slash\nand line' end
from generate_series(1, 12000) n;

insert into order_lines (order_id, placed_at, line_no, product_id, quantity, unit_price, discount)
select o.id, o.placed_at, number, 1 + (o.id * 17 + number) % 1900, 1 + o.id % 3,
  round((random() * 900 + 1)::numeric, 2), (o.id % 5) / 10.0
from orders o, generate_series(1, 1 + o.id % 3) number;

update orders o set total = l.total
from (select order_id, sum(quantity * unit_price) as total from order_lines group by order_id) l
where l.order_id = o.id;

insert into payments (id, order_id, placed_at, method, amount, paid_at, details)
select md5('payment' || o.id)::uuid, o.id, o.placed_at,
  (enum_range(null::payment_method))[1 + o.id % 4], o.total, o.placed_at + interval '2 h',
  jsonb_build_object('reference', md5(o.id::text), 'attempts', o.id % 3)
from orders o
where o.status in ('paid', 'delivered');

insert into shipments (order_id, placed_at, state, carrier, track)
select o.id, o.placed_at, 'delivered', 'Carrier ' || o.id % 4, array['sorted', 'on the road']
from orders o
where o.status = 'delivered' and o.id % 2 = 0;

insert into events (at, kind, customer_id, payload, address, took)
select timestamptz '2026-01-01' + n * interval '11 s', (array['view', 'search', 'click'])[1 + n % 3],
  1 + n % 6000, jsonb_build_object('page', n % 400, 'words', 'word ' || n % 77),
  ('10.1.' || n % 200 || '.' || n % 250)::inet, n % 900 * interval '1.5 ms'
from generate_series(1, 12000) n;
