-- An analytics product: events in trees of partitions, five deep, aggregates over them, and the tables around it.
-- It takes PostgreSQL 14.
create extension citext;
create extension hstore;
create extension pg_trgm;
create extension btree_gist;
create schema ext;
create extension "uuid-ossp" schema ext;
create schema ingest;
create schema metrics;
create schema reports;

create type ingest.kind as enum ('page', 'click', 'form', 'purchase', 'error', 'custom');
create type ingest.device as (family text, os text, version integer[], screen point);
create type metrics.status as enum ('green', 'yellow', 'red');
create domain ingest.visitor as uuid not null default ext.uuid_generate_v4();
create domain ingest.known_device as ingest.device check ((value).family <> '') constraint "has an os" check ((value).os is not null);
create domain ingest.path as text collate "C" default '/' check (value like '/%');
create domain metrics.percent as numeric(6, 3) check (value between 0 and 100);
create type metrics.float_range as range (subtype = double precision, subtype_diff = float8mi);
create collation metrics.numeric_de (provider = icu, locale = 'de-u-kn-true', deterministic = true);
create collation metrics.ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

create function ingest.bucket(visitor uuid, n integer default 64) returns integer language sql immutable parallel safe
  as $$ select (('x' || substr(md5(visitor::text), 1, 8))::bit(32)::bigint % n)::integer $$;
create function ingest.host_of(url text) returns citext language sql immutable parallel safe
  as $$ select substring(url from '^https?://([^/:]+)')::public.citext $$;
create function ingest.month_of(at timestamptz) returns date language sql immutable
  as $$ select date_trunc('month', at at time zone 'UTC')::date $$;
create function ingest.family_of(d ingest.known_device) returns text language sql immutable as $$ select lower((d).family) $$;
create function metrics.rate(hits bigint, total bigint) returns metrics.percent language sql immutable
  return case when total = 0 then null else round(100.0 * hits / total, 3) end;
create function metrics.status_of(value double precision, good metrics.float_range) returns metrics.status language sql immutable
  begin atomic select case when value is null then 'red'::metrics.status when good @> value then 'green' else 'yellow' end; end;

create function metrics.ewma_step(state double precision, value double precision, alpha double precision) returns double precision language sql immutable
  as $$ select case when state is null then value when value is null then state else alpha * value + (1 - alpha) * state end $$;
create aggregate metrics.ewma(double precision, double precision) (sfunc = metrics.ewma_step, stype = double precision);
create function metrics.add_counts(hstore, text) returns hstore language sql immutable
  as $$ select $1 || hstore($2, (coalesce(($1 -> $2)::bigint, 0) + 1)::text) $$;
create function metrics.drop_zero(hstore) returns jsonb language sql immutable as $$ select hstore_to_jsonb_loose($1) $$;
create aggregate metrics.histogram(text) (sfunc = metrics.add_counts, stype = hstore, finalfunc = metrics.drop_zero, initcond = '');
comment on aggregate metrics.histogram(text) is 'How often each of them was there';
create function metrics.noop_step(numeric, integer, variadic numeric[]) returns numeric language sql immutable as 'select coalesce($1, 0) + $2 * coalesce($3[1], 1)';
create aggregate metrics.sum_and_product(integer, variadic numeric[]) (sfunc = metrics.noop_step, stype = numeric, parallel = restricted);
create function metrics.contains_word(text, text) returns boolean language sql immutable as $$ select $1 ~* ('\m' || $2 || '\M') $$;
create operator metrics.~~~ (leftarg = text, rightarg = text, function = metrics.contains_word, restrict = contsel, join = contjoinsel);
