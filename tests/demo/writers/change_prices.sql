-- New prices for a branch of the tree of categories: up to some hundred rows in one statement.
-- Locks: the rows of the products.
with recursive branch as (
  select id from categories where id = (select 2 + floor(random() * 12)::integer)
  union all
  select c.id from categories c join branch b on c.parent_id = b.id
)
update products p set
  price = round(p.price * (0.9 + random() * 0.2)::numeric, 2),
  attributes = jsonb_set(p.attributes, '{repriced}', to_jsonb(clock_timestamp()::text)),
  updated_at = clock_timestamp() at time zone 'UTC'
where p.category_id in (select id from branch);

update promotions set percent = (percent + 7) % 90
where code = (select code from promotions order by random() limit 1);
