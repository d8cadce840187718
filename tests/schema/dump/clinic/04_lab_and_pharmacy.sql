create table lab.analysers (id serial primary key, name text, address inet, calibrated_on date, firmware text default 'v' || 1::text);
create table lab.tests (code text primary key, name text not null, unit text, normal numrange, formula text, analyser integer references lab.analysers, panel_only boolean default false);
create table lab.panels (code text primary key, tests text[] not null check (cardinality(tests) > 0));
create table lab.panel_tests (panel text references lab.panels on delete cascade, test text references lab.tests on update cascade, position smallint, primary key (panel, test));
create table lab.orders (id bigserial primary key, stay bigint references care.stays, patient bigint not null references patients.patients, ordered_by bigint references staff.physicians (id), urgent boolean not null default false, at timestamptz default now());
create table lab.samples (barcode character(12) primary key, "order" bigint references lab.orders on delete cascade, taken timestamptz, material text default 'blood', discarded boolean default false);
create table lab.results (
  "order" bigint references lab.orders on delete cascade, test text references lab.tests, value numeric, text text, flag lab.flag not null default '', validated_by bigint references staff.employees (id), at timestamptz not null default now(),
  is_abnormal boolean generated always as (flag <> ''::lab.flag) stored, primary key ("order", test)
) with (autovacuum_vacuum_scale_factor = 0.05, toast_tuple_target = 256, parallel_workers = 2);
create index results_abnormal on lab.results (test, at) include (value) where is_abnormal;
create table lab.cultures (id serial primary key, sample character(12) references lab.samples, germ text, resistances public.hstore, grown interval);
create table lab.quality_controls (analyser integer references lab.analysers, test text references lab.tests, at timestamptz, expected numeric, measured numeric, deviation numeric generated always as (case when expected = 0 then null else abs(measured - expected) / expected end) stored, primary key (analyser, test, at));
create table lab.reagents (id serial primary key, name text, lot varchar(20) collate "POSIX", expires date, stock core.quantity);
create unlogged table lab.incoming (id bigserial, raw text, received timestamptz default now(), primary key (id));
create function lab.flag_of(test lab.tests, value numeric) returns lab.flag language plpgsql immutable as $$
begin
  return case
    when value <@ test.normal then '' when value < lower(test.normal) then 'L' else 'H' end;
end $$;
create function lab.results_of(patient bigint, variadic codes text[] default '{}') returns table (code text, name text, value numeric, flag lab.flag, at timestamptz)
language sql stable rows 50 as $$
  select r.test, t.name, r.value, r.flag, r.at from lab.results r join lab.tests t on t.code = r.test join lab.orders o on o.id = r."order"
  where o.patient = results_of.patient and (codes = '{}' or r.test = any (codes)) order by r.at desc
$$;

create table pharmacy.substances (id serial primary key, name public.citext not null unique, atc character(7), max_daily core.dose, mg numeric generated always as (core.in_mg(max_daily)) stored);
create table pharmacy.drugs (id serial primary key, name text not null, producer bigint references core.organisations (id), form text, strengths core.dose[], substances integer[] not null default '{}', leaflet bytea, prescription boolean not null default true);
create index drugs_name on pharmacy.drugs using gist (name public.gist_trgm_ops);
create index drugs_substances on pharmacy.drugs using gin (substances);
create table pharmacy.interactions (one integer references pharmacy.substances, other integer references pharmacy.substances, severity core.severity not null, text text, primary key (one, other), check (one < other));
create table pharmacy.prescriptions (
  id bigserial primary key, stay bigint references care.stays, patient bigint not null references patients.patients, drug integer not null references pharmacy.drugs, dose core.dose not null, times time[] not null default '{08:00,20:00}', days daterange not null,
  by_physician bigint references staff.physicians (id), replaces bigint references pharmacy.prescriptions,
  constraint once_a_day exclude using gist (patient with =, drug with =, days with &&)
);
create index prescriptions_mg on pharmacy.prescriptions (core.in_mg(dose) desc nulls last, (((dose)).unit));
create table pharmacy.administrations (prescription bigint references pharmacy.prescriptions on delete cascade, at timestamptz, nurse bigint references staff.nurses (id), refused boolean, primary key (prescription, at));
create table pharmacy.stock (drug integer references pharmacy.drugs, lot text, ward integer references care.wards, pieces integer not null check (pieces >= 0), expires date, primary key (drug, lot, ward));
create table pharmacy.deliveries (id serial primary key, supplier bigint references core.organisations (id), at timestamptz, note text, items jsonb, check (jsonb_path_exists(items, '$[*] ? (@.pieces > 0)')));
create table pharmacy.narcotics_log (id bigint generated always as identity primary key, drug integer references pharmacy.drugs, change integer not null, witness bigint references staff.employees (id), previous bigint unique references pharmacy.narcotics_log, hash bytea generated always as (sha256(int4send(change))) stored);
create table pharmacy.recipes (id serial primary key, name text, steps text[], "Größe" numeric, "ingrédients" xml);
create table pharmacy.returns (id serial primary key, drug integer, lot text, ward integer, foreign key (drug, lot, ward) references pharmacy.stock match full on update cascade on delete set null);
