create table brands (id bigserial primary key, name citext not null unique, website text, founded integer check (founded > 1000));
create table categories (
  id bigserial primary key, parent_id bigint references categories, name text not null, slug slug not null,
  position integer not null default 0, path bigint[] not null default '{}', unique (parent_id, slug)
);
create unique index categories_root_slug on categories (slug) where parent_id is null;
create index categories_path on categories using gin (path);
create table tax_categories (id serial primary key, name text not null, code varchar(8) collate "by bytes" unique);
create table products (
  id bigserial primary key,
  account_id bigint not null references accounts,
  brand_id bigint references brands on delete set null,
  tax_category_id integer references tax_categories,
  main_category_id bigint references categories,
  main_image_id bigint,
  default_variant_id bigint,
  sku varchar(40) not null default upper(short_token(8)),
  name text not null, description text,
  slug slug not null,
  tags citext[] not null default '{}',
  details hstore, data json,
  available tstzrange not null default tstzrange(now(), 'infinity', '[)'),
  weight numeric(10, 3) check (weight >= 0),
  size dimensions,
  rating numeric(3, 2) check (rating is null or rating between 1 and 5),
  search tsvector,
  discontinued boolean not null default false,
  created_at timestamp not null default now(), updated_at timestamp not null default now(),
  constraint products_sku_key unique (account_id, sku) deferrable initially immediate
);
create index products_search on products using gin (search);
create index products_text on products using gin (to_tsvector('shop_search', coalesce(name, '') || ' ' || coalesce(description, '')));
create index products_name_like on products using gist (name gist_trgm_ops);
create index products_available on products using spgist (available);
create index products_details on products using gin (details) where not discontinued;
create index products_slug_of_name on products (slugify(name, sku));
create index "products by tag & rating" on products (rating desc nulls last, (tags[1]));
alter table products cluster on products_pkey;
alter table products alter column description set storage external, alter column data set storage main;
comment on column products.search is 'Kept by a trigger';

create table product_categories (
  product_id bigint references products on delete cascade, category_id bigint references categories on delete cascade,
  position smallint default 32767, primary key (category_id, product_id)
);
create table option_types (id serial primary key, name text not null unique, presentation jsonb default '{}'::jsonb);
create table option_values (
  id serial primary key, option_type_id integer not null references option_types on delete cascade, name text not null,
  swatch bit(24), unique (option_type_id, name)
);
create table variants (
  id bigserial primary key, product_id bigint not null references products on delete cascade,
  sku varchar(40) not null, price money_amount not null, old_prices money_amount[],
  weight double precision, barcode text check (barcode ~ '^\d{8}(\d{4,5})?$'),
  position integer not null default 1, "primary" boolean default false, deleted_at timestamp
);
alter table products add foreign key (default_variant_id) references variants on delete set null deferrable initially deferred;
create unique index variants_primary on variants (product_id) where "primary" and deleted_at is null;
create index variants_price on variants (cents_of(price), ((price).currency));
create index variants_price_text on variants (as_text(price) text_pattern_ops);
create table variant_option_values (
  variant_id bigint references variants on delete cascade, option_value_id integer references option_values,
  primary key (variant_id, option_value_id)
);
create table product_images (
  id bigserial primary key, product_id bigint not null references products on delete cascade, file text not null,
  crop box, focus point default '(0.5,0.5)', outline polygon, position integer
);
create index product_images_crop on product_images using gist (crop);
alter table products add constraint main_image foreign key (main_image_id) references product_images (id)
  on delete set null deferrable;
create table product_relations (
  from_id bigint references products on delete cascade, to_id bigint references products on delete cascade,
  kind text not null default 'similar', weight real not null default 1.5e0, primary key (from_id, to_id, kind),
  check (from_id <> to_id)
);
create table product_translations (
  product_id bigint references products on delete cascade, locale locale_code not null, name text, description text,
  primary key (product_id, locale)
);
create table category_translations (
  category_id bigint references categories on delete cascade, locale locale_code not null, name text,
  primary key (category_id, locale)
);
create table price_lists (
  id serial primary key, account_id bigint references accounts, name text not null, currency currency_code,
  valid daterange not null default 'empty', priority integer not null default 0,
  exclude using gist (account_id with =, currency with =, priority with =, valid with &&) where (not isempty(valid))
);
create table price_list_items (
  price_list_id integer references price_lists on delete cascade, variant_id bigint references variants,
  amount numeric(12, 2) not null check (amount >= 0), quantities int4range not null default '[1,)',
  primary key (price_list_id, variant_id, quantities),
  constraint quantities_do_not_overlap
    exclude using gist (price_list_id with =, variant_id with =, quantities with &&) deferrable initially deferred
);
create table price_bands (id serial primary key, name text not null, band price_range not null, exclude using gist (band with &&));
create table reviews (
  id bigserial primary key, product_id bigint not null references products, user_id bigint references users on delete set null,
  stars smallint not null, title text, body text, approved boolean, created_at timestamp default now(),
  constraint stars_are_stars check (stars = any (array[1, 2, 3, 4, 5])), unique (product_id, user_id)
);
create index reviews_body_trigrams on reviews using gin (body gin_trgm_ops, title gin_trgm_ops);
create table review_votes (review_id bigint references reviews on delete cascade, user_id bigint references users, up boolean not null, primary key (review_id, user_id));
create table questions (id bigserial primary key, product_id bigint references products, user_id bigint references users, body text not null, best_answer_id bigint);
create table answers (id bigserial primary key, question_id bigint not null references questions on delete cascade, user_id bigint references users, body text not null);
alter table questions add constraint fk_best_answer foreign key (best_answer_id) references answers on delete set null not valid;
create table wishlists (id uuid primary key default uuid_generate_v1mc(), user_id bigint references users on delete cascade, name text default 'Ma liste à moi');
create table wishlist_items (wishlist_id uuid references wishlists on delete cascade, variant_id bigint references variants on delete cascade, note text, primary key (wishlist_id, variant_id));
create table suppliers (id bigserial primary key, name text not null, address postal_address, hours opening_hours[], contact hstore);
create table supplier_products (
  supplier_id bigint references suppliers, variant_id bigint references variants, cost money_amount, lead_time interval day to second default '3 days',
  primary key (supplier_id, variant_id), check ((cost).cents > 0)
);
create table bundles (product_id bigint primary key references products on delete cascade, discount discount not null default 10);
create table bundle_items (bundle_id bigint references bundles on delete cascade, variant_id bigint references variants, quantity integer not null default 1, primary key (bundle_id, variant_id));
create trigger product_search before insert or update on products for each row
  execute procedure tsvector_update_trigger(search, 'pg_catalog.english', name, description);
