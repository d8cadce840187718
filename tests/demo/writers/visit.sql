-- A visitor: upserts of cart and review, a cart under a new key, two products that swap their number.
-- Locks: the rows.
insert into carts (id, customer_id, items, expires_at)
select md5(random()::text)::uuid, 1 + floor(random() * 2000)::integer, '[1, 2, {"gift": true}]',
  clock_timestamp() + interval '1 day'
on conflict (customer_id) do update set id = excluded.id, items = carts.items || excluded.items -> 0;

insert into reviews (customer_id, product_id, stars, words, written_at)
select 1 + floor(random() * 3000)::integer, p.id, 1 + floor(random() * 5)::integer,
  E'Nice.\tVery ''nice''.', clock_timestamp()
from products p
where p.id >= (select floor(random() * 1900)::integer)
order by p.id
limit 1
on conflict (customer_id, product_id) do update set stars = excluded.stars, words = excluded.words;

update products set sku = 'SWAP-' || sku where id in (501, 502);
update products p set sku = replace(other.sku, 'SWAP-', '')
from products other
where (p.id = 501 and other.id = 502) or (p.id = 502 and other.id = 501);

update promotions set code = case
  when code like 'NEW%' then replace(code, 'NEW', 'SALE') else replace(code, 'SALE', 'NEW')
end
where code = (select code from promotions order by random() limit 1);
