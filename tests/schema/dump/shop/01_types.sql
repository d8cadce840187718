-- A webshop that also sells subscriptions, as a Rails application would have it after some years.
-- It takes PostgreSQL 10, any schema that is first in the search_path, and its extensions in another or the same:
-- citext, hstore, pg_trgm, btree_gist, uuid-ossp.
create type account_state as enum ('trial', 'active', 'past_due', 'suspended', 'closed');
create type order_state as enum ('cart', 'placed', 'paid', 'picking', 'shipped', 'delivered', 'returned', 'cancelled');
create type payment_state as enum ('pending', 'authorized', 'captured', 'refunded', 'failed', 'won''t pay');
create type weekday as enum ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun');
create type "Job Priority" as enum ('low', 'normal', 'high', 'Über-high');
create type billing_interval as enum ('day', 'week', 'month', 'year');

create function is_email(address text) returns boolean language sql immutable strict
  as $$ select address ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' $$;
comment on function is_email(text) is 'One @, a dot after it, and no spaces; the rest is up to the mail server.';

create domain email_address as citext constraint looks_like_one check (is_email(value::text));
create domain percentage as numeric(5, 2) default 0 constraint in_range check (value between 0 and 100);
create domain currency_code as character(3) collate "C" not null check (value ~ '^[A-Z]{3}$');
create domain locale_code as varchar(12) collate "C" default 'en' check (value in ('en', 'de', 'fr', 'nl', 'pt-BR', 'zh-Hant'));
create domain slug as text check (value ~ '^[a-z0-9][a-z0-9-]*$') check (length(value) <= 120);
create domain discount as percentage check (value <= 75);
create domain dimensions as numeric(10, 2)[] check (array_length(value, 1) = 3 and 0 < all (value));
comment on domain discount is 'Nobody gives more than three quarters away';
comment on constraint in_range on domain percentage is 'In hundredths';

create type money_amount as (cents bigint, currency currency_code);
create type postal_address as (
  line_1 text, line_2 text, postcode varchar(16), city text, region text, country character(2) collate "C"
);
create type opening_hours as (day weekday, opens time, closes time);
create function numeric_price_diff(one numeric, other numeric) returns double precision language sql immutable strict
  as $$ select (one - other)::double precision $$;
create type price_range as range (subtype = numeric, subtype_diff = numeric_price_diff);
comment on type money_amount is 'Never a float';
comment on column money_amount.cents is 'In the smallest unit of the currency, whatever that is';

create function as_text(amount money_amount) returns text language sql immutable strict
  as $$ select to_char((amount).cents / 100.0, 'FM999999999990.00') || ' ' || (amount).currency $$;
create function add_amounts(one money_amount, other money_amount) returns money_amount language plpgsql immutable
as $body$
begin
  if one is null or one.cents is null then return other; end if;
  if one.currency <> other.currency then
    raise exception 'cannot add % and %', one.currency, other.currency using errcode = 'numeric_value_out_of_range';
  end if;
  return row(one.cents + other.cents, one.currency)::money_amount;
end
$body$;
create aggregate total(money_amount) (sfunc = add_amounts, stype = money_amount);
comment on aggregate total(money_amount) is 'Of one currency';
create operator + (procedure = add_amounts, leftarg = money_amount, rightarg = money_amount, commutator = +);
create function cents_of(amount money_amount) returns bigint language sql immutable as 'select (amount).cents';
create cast (money_amount as bigint) with function cents_of(money_amount) as assignment;

create function short_token(length integer default 12, alphabet text default 'abcdefghjkmnpqrstuvwxyz23456789')
returns text language plpgsql volatile as $$
declare
  token text := '';
begin
  for i in 1..length loop
    token := token || substr(alphabet, 1 + floor(random() * char_length(alphabet))::integer, 1);
  end loop;
  return token;
end $$;
create function normalized(phrase text) returns text language sql immutable parallel safe
  as $$ select regexp_replace(lower(trim(phrase)), '\s+', ' ', 'g') $$;
create function slugify(variadic words text[]) returns text language sql immutable
  as $$ select trim(both '-' from regexp_replace(lower(array_to_string(words, '-')), '[^a-z0-9]+', '-', 'g')) $$;
create function current_account_id() returns bigint language sql stable
  as $$ select nullif(current_setting('shop.account_id', true), '')::bigint $$;
create function touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

create text search dictionary plain_words (template = simple, stopwords = english);
create text search configuration shop_search (copy = english);
alter text search configuration shop_search alter mapping for asciiword, word with plain_words, english_stem;
alter text search configuration shop_search drop mapping for email, url;
comment on text search configuration shop_search is 'English, with the words as they are first';
create collation "by bytes" from "C";

create sequence order_number_seq start 100000 increment 7 cache 10;
create sequence "invoice number" as bigint minvalue 1 maxvalue 999999999 no cycle;
comment on sequence "invoice number" is 'Gapless by law, or so we thought';
