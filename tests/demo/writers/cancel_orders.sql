-- Some orders are cancelled, some of those deleted with all that hangs on them; a part of it is taken
-- back by a savepoint. Locks: the rows, and none that somebody else holds.
update orders set status = 'cancelled', note = null
where (id, placed_at) in (
  select id, placed_at from orders where status = 'placed' limit 2 for update skip locked
);

savepoint mistake;
delete from reviews where product_id = 503;
update customers set score = score + 1 where id % 1000 = 7;
rollback to savepoint mistake;

delete from orders
where (id, placed_at) in (
  select id, placed_at from orders where status = 'cancelled' limit 1 for update skip locked
);

delete from reviews
where (customer_id, product_id) in (
  select customer_id, product_id from reviews where stars = 1 limit 1 for update skip locked
);
