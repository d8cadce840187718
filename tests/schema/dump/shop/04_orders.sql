create table countries (code character(2) collate "C" primary key, name text not null, currency currency_code, eu boolean not null default false);
create table regions (id serial primary key, country character(2) not null references countries on update cascade, name text not null, unique (country, name));
create table addresses (
  id bigserial primary key, user_id bigint references users on delete cascade, country character(2) not null references countries,
  region_id integer references regions, is_default boolean not null default false, address postal_address not null,
  constraint "a city, please" check ((address).city <> '')
);
create unique index addresses_default on addresses (user_id) where is_default;
create index addresses_city on addresses (lower((address).city), ((address).postcode) varchar_pattern_ops);

create table warehouses (id serial primary key, name text not null unique, location point, hours opening_hours[] not null default '{}', manager_id bigint references users);
create table stock_locations (
  id serial primary key, warehouse_id integer not null references warehouses, aisle character(1) not null, shelf smallint not null,
  bins int4range, unique (warehouse_id, aisle, shelf), exclude using gist (warehouse_id with =, aisle with =, shelf with =, bins with &&)
);
create table stock_items (
  variant_id bigint references variants, stock_location_id integer references stock_locations, on_hand integer not null default 0,
  reserved integer not null default 0, backorderable boolean default true,
  primary key (variant_id, stock_location_id), constraint enough check (backorderable or on_hand >= reserved)
) with (fillfactor = 50, autovacuum_analyze_threshold = 100);
create table stock_movements (
  id bigserial primary key, variant_id bigint not null, stock_location_id integer not null, quantity integer not null check (quantity <> 0),
  reason text, at timestamptz not null default now(), foreign key (variant_id, stock_location_id) references stock_items on delete restrict
);
create index stock_movements_at on stock_movements using brin (at, variant_id);
create table carriers (id serial primary key, name text not null, tracking_url text check (tracking_url like 'https://%s%'));
create table shipping_methods (
  id serial primary key, carrier_id integer not null references carriers, name text not null, countries character(2)[] not null default '{}',
  price money_amount, weights numrange not null default '(,30]', days weekday[] default enum_range('mon'::weekday, 'fri'::weekday)
);
create table coupons (
  id bigserial primary key, account_id bigint references accounts, code citext not null, discount discount, amount money_amount,
  valid tstzrange default tstzrange(now(), now() + interval '1 mon', '[]'), uses integer not null default 0, max_uses integer,
  unique (account_id, code), check ((discount is null) <> (amount is null)), check (max_uses is null or uses <= max_uses)
);
create table orders (
  id bigserial primary key,
  number bigint not null unique default nextval('order_number_seq'),
  account_id bigint not null references accounts, user_id bigint references users on delete set null,
  state order_state not null default 'cart', currency currency_code,
  billing_address_id bigint references addresses, shipping_address_id bigint references addresses,
  coupon_id bigint references coupons, last_shipment_id bigint,
  token text not null default short_token(24, 'abcdef0123456789'), notes text,
  item_total numeric(14, 2) not null default 0, adjustment_total numeric(14, 2) not null default 0,
  placed_at timestamptz, created_at timestamp not null default now(),
  lock_version integer not null default 0,
  constraint placed_when_past_cart check (state = 'cart' or state = 'cancelled' or placed_at is not null)
);
create index orders_open on orders (account_id, placed_at) where state not in ('delivered', 'returned', 'cancelled');
create index orders_by_day on orders (date_trunc('day', placed_at at time zone 'UTC'), ((item_total + adjustment_total)));
create index orders_token on orders (token) where user_id is null;
comment on constraint placed_when_past_cart on orders is 'A cart has no time';
alter sequence order_number_seq owned by orders.number;
create table line_items (
  order_id bigint references orders on delete cascade, position integer, variant_id bigint not null references variants,
  quantity integer not null default 1 check (quantity > 0), price money_amount not null, "options" hstore,
  primary key (order_id, position), unique (order_id, variant_id, "options")
);
create table adjustments (
  id bigserial primary key, order_id bigint not null references orders on delete cascade, line_position integer,
  adjustable_type text not null default 'Order', adjustable_id bigint, amount numeric(12, 2) not null, label text not null,
  foreign key (order_id, line_position) references line_items on delete cascade
);
create index adjustments_polymorphic on adjustments (adjustable_type, adjustable_id);
create table shipments (
  id bigserial primary key, order_id bigint not null references orders, shipping_method_id integer references shipping_methods,
  warehouse_id integer references warehouses, tracking text, shipped_at timestamptz, delivered_at timestamptz, cost money_amount,
  check (delivered_at >= shipped_at)
);
alter table orders add foreign key (last_shipment_id) references shipments deferrable initially deferred;
create table shipment_items (
  shipment_id bigint references shipments on delete cascade, order_id bigint, position integer, quantity integer not null,
  primary key (shipment_id, order_id, position), foreign key (order_id, position) references line_items (order_id, position)
);
create table returns (
  id bigserial primary key, shipment_id bigint not null references shipments, reason text, received_at timestamptz,
  replaced_by_order_id bigint references orders, photos text[]
);
create table return_items (return_id bigint references returns, order_id bigint, position integer, ok boolean, primary key (return_id, order_id, position), foreign key (order_id, position) references line_items);
create table order_transitions (
  id bigint generated by default as identity primary key, order_id bigint not null references orders on delete cascade,
  from_state order_state, to_state order_state not null, sort_key integer not null, most_recent boolean not null, metadata jsonb default '{}',
  unique (order_id, sort_key)
);
create unique index order_transitions_most_recent on order_transitions (order_id, most_recent) where most_recent;
create table carts (id uuid primary key default uuid_generate_v4(), items jsonb not null default '[]' check (jsonb_typeof(items) = 'array'), seen_at timestamptz);
create unlogged table cart_locks (cart_id uuid primary key references carts on delete cascade deferrable, locked_by text);
create table gift_cards (
  id bigserial primary key, code text not null unique default short_token(16), balance money_amount not null, order_id bigint references orders,
  check ((balance).cents >= 0)
);
