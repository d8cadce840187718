create view active_accounts as select * from accounts where state in ('active', 'past_due');
create view account_owners as
  select a.id as account_id, a.name, u.email, normalized(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')) as owner
  from active_accounts a join users u on u.id = a.owner_id;
comment on view account_owners is 'For the newsletter';
comment on column account_owners.owner is 'Normalized';
create view order_totals as
  select o.id, o.account_id, o.state, o.currency, sum((l.price).cents * l.quantity) / 100.0 as items, total(l.price) as total,
    count(*) filter (where l.quantity > 1) as multiples, array_agg(l.variant_id order by l.position) as variants
  from orders o join line_items l on l.order_id = o.id group by o.id;
create view revenue_by_month as
  select date_trunc('month', o.placed_at) as month, t.currency, sum(t.items) as revenue,
    rank() over (partition by t.currency order by sum(t.items) desc) as place,
    sum(sum(t.items)) over (partition by t.currency order by date_trunc('month', o.placed_at) rows between 2 preceding and current row) as quarter
  from order_totals t join orders o using (id) where t.state >= 'paid' group by 1, 2;
create view category_tree as
  with recursive tree (id, name, depth, path) as (
    select id, name, 0, array[name] from categories where parent_id is null
    union all
    select c.id, c.name, t.depth + 1, t.path || c.name from categories c join tree t on c.parent_id = t.id
  )
  select tree.id, tree.depth, array_to_string(tree.path, ' › ') as breadcrumb, count(p.product_id) as products
  from tree left join product_categories p on p.category_id = tree.id group by 1, 2, 3;
-- The query of "orders" reads the table, everything after it the query.
create view recent_orders as
  with orders as (select o.id, o.user_id, o.placed_at from orders o where o.placed_at > now() - '30 days'::interval),
    users as (select users.id, users.email from users where users.locked_at is null)
  select orders.id, users.email, orders.placed_at from orders join users on users.id = orders.user_id;
create view stock_levels as
  select v.id as variant_id, v.sku, p.name, coalesce(s.on_hand, 0) as on_hand, w.name as warehouse,
    case when coalesce(s.on_hand, 0) = 0 then 'none' when s.on_hand < 10 then 'few' else 'many' end as level
  from variants v join products p on p.id = v.product_id
    left join (stock_items s join stock_locations l on l.id = s.stock_location_id join warehouses w on w.id = l.warehouse_id) on s.variant_id = v.id
  where not p.discontinued and v.deleted_at is null;
create view low_stock with (security_barrier) as select * from stock_levels where level <> 'many';
create view open_tickets as select * from support_tickets where state = 'open' with cascaded check option;
alter view open_tickets alter column state set default 'open';
create view my_keys (key, "scope list") as
  select name, array_to_string(scopes, ', ') from api_keys where account_id = current_account_id() and revoked_at is null;
create view opening_times as
  select s.id, s.name, h.ordinality, (h.day)::text as day, h.opens, h.closes
  from suppliers s cross join lateral unnest(s.hours) with ordinality as h (day, opens, closes, ordinality);
create view "Kunden & Bestellungen" as
  select k."Kunden Nr" as "Nr.", k."x""y", (select max(o.placed_at) from orders o where o.number = k."Kunden Nr") as "letzte" from "legacy Kunden" k;
create view users_everywhere as
  select 'user' as kind, email::text, created_at from users
  union all select 'invited', email::text, accepted_at at time zone 'UTC' from invitations
  union all (select 'lead', e.email::text, n.sent_at::timestamp from newsletter_recipients e join newsletters n on n.id = e.newsletter_id limit 1000)
  order by 3 desc nulls last;
create view latest_transition as
  select distinct on (order_id) order_id, to_state, metadata -> 'by' as by, metadata #>> '{a,b}' as reason from order_transitions order by order_id, sort_key desc;
create view daily_grid as
  select d::date as day, account_id, count(v.*) as views, grouping(account_id) as is_sum
  from generate_series('2023-01-01'::timestamptz, '2023-12-31', '1 day') d left join page_views v on v.at >= d and v.at < d + '1 day'
  group by grouping sets ((d, account_id), (d), ());
create materialized view product_stats as
  select p.id, p.name, count(distinct l.order_id) as orders, coalesce(sum(l.quantity), 0) as sold, avg(r.stars)::numeric(3, 2) as stars,
    percentile_cont(0.5) within group (order by (l.price).cents) as median
  from products p left join variants v on v.product_id = p.id left join line_items l on l.variant_id = v.id left join reviews r on r.product_id = p.id
  group by p.id;
create unique index product_stats_id on product_stats (id);
create index product_stats_name on product_stats using gin (name gin_trgm_ops) where sold > 0;
create materialized view best_sellers with (fillfactor = 90) as
  select s.id, s.name, s.sold, b.breadcrumb from product_stats s join products p using (id) left join category_tree b on b.id = p.main_category_id where s.sold > 10 with no data;
create index on best_sellers (breadcrumb, sold desc);
comment on materialized view best_sellers is 'Over a view and another of its kind';
create view best_of_best as select * from best_sellers order by sold desc limit 10;
create function best_in(category text default '', "how many" integer default 3) returns setof best_sellers language sql stable rows 3 cost 500
  as $$ select * from best_sellers where breadcrumb like category || '%' order by sold desc limit "how many" $$;
create function order_total(o orders) returns numeric language sql stable as $$ select o.item_total + o.adjustment_total $$;
create view big_orders as select o.*, o.order_total as grand_total from orders o where order_total(o) > 1000;
create function report(account bigint, out name text, out orders bigint, inout since date default '2000-01-01') returns record
language plpgsql stable security definer set search_path from current set work_mem = '16MB' as $$
begin
  select a.name, count(o.id) into report.name, report.orders from accounts a left join orders o on o.account_id = a.id and o.placed_at >= since
  where a.id = account group by a.name;
end $$;
create view reports_of_all as select a.id, r.* from active_accounts a, report(a.id) r;
create function first_order(u users) returns orders language sql stable as $$ select * from orders where user_id = u.id order by placed_at limit 1 $$;
create view first_orders as select u.id, (f.o).number, (f.o).state from (select u_1.id, first_order(u_1.*) as o from users u_1) f join users u on u.id = f.id;
