-- Orders, partitioned by time, and what hangs on them; a shipment moves partition with its state. Their
-- foreign keys come after the rows: order_keys.sql.
-- Parameters: none. Returns: nothing. Locks: none to speak of, nobody uses the tables yet.
create sequence order_numbers;
create table orders (
  id bigint default nextval('order_numbers'),
  placed_at timestamptz,
  customer_id integer not null,
  status order_status not null,
  total price not null default 0,
  ship_to jsonb not null default '{}',
  note text,
  primary key (id, placed_at)
) partition by range (placed_at);
create table orders_before partition of orders for values from (minvalue) to ('2026-01-01');
create table orders_2026_q1 partition of orders for values from ('2026-01-01') to ('2026-04-01');
create table orders_2026_q2 partition of orders for values from ('2026-04-01') to ('2026-07-01');
create table orders_2026_q3 partition of orders for values from ('2026-07-01') to ('2026-10-01');
create table orders_after partition of orders default;
create index orders_open on orders (status, placed_at) where status in ('placed', 'paid');

create table order_lines (
  order_id bigint,
  placed_at timestamptz,
  line_no smallint,
  product_id bigint not null,
  quantity integer not null check (quantity > 0),
  unit_price price not null,
  discount numeric(4, 3) not null default 0,
  amount numeric generated always as (round(quantity * unit_price * (1 - discount), 2)) stored,
  primary key (order_id, placed_at, line_no)
);
create index order_lines_by_product on order_lines (product_id);

create table payments (
  id uuid primary key,
  order_id bigint not null,
  placed_at timestamptz not null,
  method payment_method not null,
  amount price not null,
  paid_at timestamptz not null,
  details jsonb
);
create index payments_by_order on payments (order_id);

create table shipments (
  order_id bigint,
  placed_at timestamptz not null,
  state shipment_state,
  carrier text not null,
  track text[] not null default '{}',
  primary key (order_id, state)
) partition by list (state);
create table shipments_open partition of shipments for values in ('packed', 'in_transit');
create table shipments_done partition of shipments for values in ('delivered');
