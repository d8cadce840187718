-- The shop's own types, and a function that an index needs.
-- Parameters: none. Returns: nothing. Locks: none to speak of, the database is empty.
create type order_status as enum ('placed', 'paid', 'shipped', 'delivered', 'cancelled');
create type shipment_state as enum ('packed', 'in_transit', 'delivered');
create type payment_method as enum ('card', 'transfer', 'wallet', 'voucher');
create type parcel_size as (width numeric(6, 1), height numeric(6, 1), depth numeric(6, 1));

create domain email_address as text check (value ~ '^[^@ ]+@[^@ ]+$');
create domain price as numeric(12, 2) check (value >= 0);

create function words_of(phrase text) returns text[]
language sql immutable strict
as $$ select pg_catalog.regexp_split_to_array(pg_catalog.lower(phrase), '[^a-z0-9]+') $$;
