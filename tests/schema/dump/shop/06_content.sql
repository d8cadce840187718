create table active_storage_blobs (
  id bigserial primary key, key character varying not null, filename character varying not null, content_type character varying, metadata text,
  service_name character varying not null default 'amazon', byte_size bigint not null, checksum character varying, created_at timestamp(6) without time zone not null
);
create unique index index_active_storage_blobs_on_key on active_storage_blobs (key);
create table active_storage_attachments (
  id bigserial primary key, name character varying not null, record_type character varying not null, record_id bigint not null,
  blob_id bigint not null constraint fk_rails_c3b3935057 references active_storage_blobs, created_at timestamp(6) without time zone not null
);
create unique index index_active_storage_attachments_uniqueness on active_storage_attachments (record_type, record_id, name, blob_id);
create table active_storage_variant_records (id bigserial primary key, blob_id bigint not null references active_storage_blobs, variation_digest varchar not null, unique (blob_id, variation_digest));
create table action_text_rich_texts (id bigserial primary key, name varchar not null, body text, record_type varchar not null, record_id bigint not null, unique (record_type, record_id, name));
create table pages (
  id bigserial primary key, account_id bigint references accounts, slug slug, title text not null, body xml, published_at timestamptz,
  parent_id bigint, draft_of_id bigint, unique (account_id, slug)
);
alter table pages add foreign key (parent_id) references pages, add foreign key (draft_of_id) references pages on delete cascade;
create table posts (
  id bigserial primary key, author_id bigint references users, title text not null, body text not null default '', words integer,
  published boolean default false, starts date, ends date, constraint ends_after check ((starts, coalesce(ends, 'infinity')) overlaps (starts, 'infinity'::date) or starts is null)
);
create index posts_fts on posts using gin (setweight(to_tsvector('shop_search', title), 'A'), to_tsvector('shop_search', body));
create index posts_similar on posts using gist (title gist_trgm_ops, body gist_trgm_ops);
create table tags (id serial primary key, name citext not null unique, taggings_count integer not null default 0);
create table taggings (tag_id integer not null references tags on delete cascade, taggable_type text not null, taggable_id bigint not null, context text not null default 'tags', primary key (taggable_type, taggable_id, tag_id, context));
create table comments (
  id bigserial primary key, commentable_type text, commentable_id bigint, user_id bigint references users, parent_id bigint references comments on delete cascade,
  body text not null check (char_length(body) between 1 and 10000), ancestry text collate "C", created_at timestamptz not null default now()
);
create index comments_ancestry on comments (ancestry text_pattern_ops nulls first);
create table versions (
  id bigserial primary key, item_type text not null, item_id bigint not null, event text not null check (event in ('create', 'update', 'destroy')), whodunnit text,
  object jsonb, object_changes jsonb, created_at timestamp default timezone('utc', now())
);
create index versions_on_item on versions (item_type, item_id, created_at desc);
create table friendly_id_slugs (id bigserial primary key, slug varchar not null, sluggable_id integer not null, sluggable_type varchar(50), scope varchar);
create unique index friendly_id_slugs_scope on friendly_id_slugs (slug, sluggable_type, scope);
create table newsletters (id bigserial primary key, subject text not null, filter text default E'state = ''active'' and\tname like ''%\\_%''', sent_at timestamptz);
create table newsletter_recipients (newsletter_id bigint references newsletters on delete cascade, email email_address, opened_at timestamptz, primary key (newsletter_id, email));
create table "legacy Kunden" (
  "Kunden Nr" integer primary key, "Straße" text, "x""y" text, "Größe (cm)" numeric(5, 1) check ("Größe (cm)" > 0), "from" date, "to" date,
  "a column whose name is exactly as long as PostgreSQL allows 63b" boolean default true
);
create index "legacy Kunden: Straße, ""x""" on "legacy Kunden" (lower("Straße"), ("x""y" || '"')) where "x""y" <> '';
alter table "legacy Kunden" add constraint "from < to" check ("from" < "to");
create table "a table whose name is exactly as long as PostgreSQL allows, 63b" (id serial primary key, "legacy Kunde" integer references "legacy Kunden");
comment on table "legacy Kunden" is 'Von ''früher'': "nicht anfassen"
-- really
';
