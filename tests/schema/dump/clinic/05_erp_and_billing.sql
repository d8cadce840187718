create table erp.cost_centres (id integer primary key, name text not null, manager bigint references staff.employees (id), parent integer references erp.cost_centres);
alter table staff.departments add foreign key (cost_centre) references erp.cost_centres on delete restrict not valid;
create table erp.documents (no bigserial primary key, kind text not null, booked_on date not null default current_date, amount numeric(14, 2), closed boolean not null default false, payload jsonb, check (kind in ('invoice', 'order', 'delivery', 'credit')));
create table erp.purchase_orders (supplier bigint references core.organisations (id), due date, primary key (no), check (kind = 'order')) inherits (erp.documents);
create table erp.supplier_invoices (purchase_order bigint references erp.purchase_orders, paid_on date, primary key (no), constraint only_invoices check (kind in ('invoice', 'credit'))) inherits (erp.documents);
create table erp.deliveries (purchase_order bigint references erp.purchase_orders, primary key (no)) inherits (erp.documents, core.tracked);
alter table erp.supplier_invoices alter kind set default 'invoice';
alter table erp.purchase_orders alter kind set default 'order', alter booked_on drop default;
create table erp.assets (id serial primary key, name text, bought_for numeric(12, 2), bought_on date, years smallint default 5, yearly numeric(12, 2) generated always as (round(bought_for / nullif(years, 0), 2)) stored, location point, room_ward integer, room_number varchar(6), foreign key (room_ward, room_number) references care.rooms on delete set null);
create index assets_location on erp.assets using spgist (location);
create table erp.maintenance (asset integer references erp.assets, every interval year to month not null, last date, primary key (asset));
create table erp.budgets (cost_centre integer references erp.cost_centres, year smallint, amount numeric(14, 0), "user" text, "table" text, "order by" text, primary key (cost_centre, year));
create table erp.articles (no varchar(20) primary key, name text, price numeric(10, 2), price_with_vat numeric(12, 4) generated always as (price * 1.19) stored, unit text, replaced_by varchar(20) references erp.articles deferrable initially deferred);
create table erp.article_stock (article varchar(20) references erp.articles on update cascade, cost_centre integer references erp.cost_centres, pieces integer, primary key (article, cost_centre));
create table erp.tickets (id serial primary key, text text, opened_by bigint references staff.employees (id), tags public.citext[], state text default 'neu' check (state in ('neu', 'in Arbeit', 'fertig', 'won''t fix')));
create table erp.vehicles (plate varchar(12) primary key, kind text, position point, polygon polygon default '((0,0),(1,0),(1,1))');
create table erp.vehicle_bookings (plate varchar(12) references erp.vehicles, during tsrange, employee bigint references staff.employees (id), primary key (plate, during), exclude using gist (plate with =, during with &&));

create table billing.tariffs (code text, valid daterange, points integer not null, primary key (code, valid), exclude using gist (code with =, valid with &&));
create table billing.cases (id bigserial primary key, stay bigint unique references care.stays, drg character(4), weight numeric(6, 3), insurer bigint references core.organisations (id), closed_on date, main_invoice bigint);
create table billing.services (id bigserial primary key, "case" bigint not null references billing.cases on delete cascade, code text not null, quantity smallint default 1, points integer, performed_by bigint references staff.employees (id));
create table billing.invoices (id bigserial primary key, "case" bigint not null references billing.cases, number text not null unique default core.next_code('inv', 'billing.cases'), total numeric(12, 2), sent_on date, dunned smallint[] default '{0,0,0}', state text generated always as (case when sent_on is null then 'draft' else 'sent' end) stored);
alter table billing.cases add foreign key (main_invoice) references billing.invoices deferrable initially deferred;
create table billing.invoice_lines (invoice bigint references billing.invoices on delete cascade, line smallint, service bigint references billing.services, text text, amount money default 0::money, primary key (invoice, line));
create table billing.payments (id bigserial, day date not null, invoice bigint references billing.invoices, amount numeric(12, 2), reference text, primary key (id, day)) partition by range (day);
create table "Archiv 2010".alles (id bigint, day date not null, "Betrag in €" numeric(12, 2), "Kürzel" varchar(3) default '---', note text collate "POSIX");
do $years$
begin
  for year in 2018..2024 loop
    execute format('create table billing.payments_%s partition of billing.payments for values from (%L) to (%L)', year, make_date(year, 1, 1), make_date(year + 1, 1, 1));
    execute format('create table "Archiv 2010"."Zahlungen %s" (check (day < date %L), primary key (id, day)) inherits ("Archiv 2010".alles)', year - 20, make_date(year - 19, 1, 1));
  end loop;
end $years$;
create index payments_reference on billing.payments (reference text_pattern_ops) where invoice is null;
create unique index payments_2019_reference on billing.payments_2019 (reference);
create table billing.insurers_rules (insurer bigint references core.organisations (id), rule text, params json, active tstzmultirange, primary key (insurer, rule));
create table billing.rejections (invoice bigint references billing.invoices, at timestamptz default now(), reason text, primary key (invoice, at));
alter table billing.invoices cluster on invoices_pkey;
