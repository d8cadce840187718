-- A hospital with its own ERP: nine schemas that refer to each other, inheritance as people used it before partitions,
-- domains over composite types, bookings that must not overlap. It takes PostgreSQL 14, and the extensions of the
-- shop in public. Names are qualified where the author happened to think of it, as in life.
create schema core;
create schema staff;
create schema patients;
create schema care;
create schema lab;
create schema pharmacy;
create schema erp;
create schema billing;
create schema "Archiv 2010";
comment on schema patients is 'Everything here is confidential';

create type core.sex as enum ('female', 'male', 'other', 'unknown');
create type core.severity as enum ('none', 'mild', 'moderate', 'severe', 'life-threatening');
create type staff.grade as enum ('A', 'B', 'C', 'D', 'D+');
create type care.triage as enum ('blue', 'green', 'yellow', 'orange', 'red');
create type lab.flag as enum ('LL', 'L', '', 'H', 'HH');

create function core.luhn(digits text) returns boolean language plpgsql immutable strict parallel safe as $luhn$
declare
  total integer := 0;
  digit integer;
  place integer := 0;
begin
  foreach digit in array (select array_agg(d::integer order by n desc) from regexp_split_to_table(digits, '') with ordinality s (d, n)) loop
    if place % 2 = 1 then
      digit := digit * 2 - case when digit > 4 then 9 else 0 end;
    end if;
    total := total + digit;
    place := place + 1;
  end loop;
  return total % 10 = 0;
end $luhn$;
create function core.next_code(prefix text, "of" regclass default 'pg_class') returns text language sql volatile
  as $$ select upper(prefix) || lpad((extract(epoch from clock_timestamp()) * 1000)::bigint::text, 14, '0') $$;
create function core.age_in_years(born date, day date default null) returns integer language sql immutable
  as $$ select extract(year from age(coalesce(day, date '2020-01-01'), born))::integer $$;
create function core.is_iban(text) returns boolean language sql immutable
  return $1 ~ '^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$';
create function core.full_name(given text[], family text) returns text language sql immutable
begin atomic
  select trim(array_to_string(given, ' ') || ' ' || coalesce(family, ''));
end;

create domain core.insurance_number as varchar(16) collate "C" check (value ~ '^\d{10,16}$') constraint "Luhn's sum" check (core.luhn(value));
create domain core.email as public.citext check (value ~ '@');
create domain core.phone as text constraint phone_is_international check (value ~ '^\+[0-9 ]{6,20}$');
create domain core.iban as text check (core.is_iban(value));
create domain core.positive as numeric constraint above_zero check (value > 0);
create domain core.ratio as double precision default 0.5 check (value >= 0.0 and value <= '1'::double precision);

create type core.address_parts as (street text, house varchar(10), postcode varchar(12), city text collate "C", country character(2));
-- Domains over composite types, arrays of them, composites of those.
create domain core.address as core.address_parts
  constraint has_a_city check ((value).city is not null and (value).city <> '')
  constraint has_a_country check ((value).country ~ '^[A-Z]{2}$');
create domain core.addresses as core.address[] check (array_length(value, 1) between 1 and 5);
create type core.contact as (home core.address, others core.addresses, mail core.email, phones core.phone[]);
create domain core.reachable as core.contact check ((value).mail is not null or (value).phones is not null);
create type core.quantity as (amount core.positive, unit text);
create domain core.dose as core.quantity check ((value).unit in ('mg', 'ml', 'µg', 'IE', 'Stück'));
create type core.period_of_day as range (subtype = time, multirange_type_name = core.periods_of_day);
comment on domain core.address is 'An address with at least a city';
comment on constraint has_a_city on domain core.address is 'Ships do not count';
comment on type core.period_of_day is 'Two shifts may meet';

create function core.unit_factor(unit text) returns numeric language sql immutable
  as $$ select case unit when 'mg' then 1 when 'µg' then 0.001 else null end $$;
create function core.in_mg(d core.dose) returns numeric language sql immutable as $$ select (d).amount * core.unit_factor((d).unit) $$;
create function core.one_line(a core.address) returns text language sql immutable
  as $$ select coalesce((a).street || ' ' || (a).house || ', ', '') || coalesce((a).postcode || ' ', '') || (a).city $$;
create function core.worst(core.severity, core.severity) returns core.severity language sql immutable as 'select greatest($1, $2)';
create aggregate core.worst(core.severity) (sfunc = core.worst, stype = core.severity, initcond = 'none', combinefunc = core.worst, parallel = safe);
create procedure core.close_year(year integer, inout closed integer default 0) language plpgsql as $$
begin
  update erp.documents set closed = true where extract(year from booked_on) = year;
  get diagnostics closed = row_count;
  commit;
end $$;
create function core.distance(one core.address, other core.address) returns real language sql immutable
  as $$ select public.similarity(core.one_line(one), core.one_line(other)) $$;
create operator core.<-> (leftarg = core.address, rightarg = core.address, function = core.distance, commutator = operator(core.<->));
