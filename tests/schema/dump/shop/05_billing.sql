create table plans (
  id bigserial primary key, name text not null, slug slug not null unique, price money_amount not null, "interval" billing_interval not null default 'month',
  trial interval not null default '14 days'::interval, features jsonb not null default '[]', replaced_by_id bigint references plans, public boolean not null default true
);
alter table accounts add constraint fk_rails_plan foreign key (plan_id) references plans (id) on delete restrict;
create table plan_features (plan_id bigint references plans on delete cascade, feature citext, "limit" integer, primary key (plan_id, feature));
create table subscriptions (
  id bigserial primary key, account_id bigint not null references accounts on delete cascade, plan_id bigint not null references plans,
  period tstzrange not null, seats integer not null default 1, discount discount, cancel_at timestamptz, latest_invoice_id bigint,
  constraint one_subscription exclude using gist (account_id with =, period with &&) where (cancel_at is null) deferrable
);
create table subscription_items (id bigserial primary key, subscription_id bigint not null references subscriptions on delete cascade, feature citext not null, quantity numeric(20, 6) not null default 1);
create table usage_records (subscription_item_id bigint references subscription_items on delete cascade, at timestamptz, quantity numeric not null, idempotency_key text unique, primary key (subscription_item_id, at));
create table invoices (
  id bigserial primary key, number bigint not null default nextval('"invoice number"'), account_id bigint not null references accounts,
  subscription_id bigint references subscriptions on delete set null, due_on date default (current_date + 14), lines_total numeric(14, 2),
  tax numeric(14, 2) not null default 0.00, state payment_state not null default 'pending', pdf bytea, credit_of_id bigint references invoices,
  issued_on date not null default current_date, unique (account_id, number)
);
create index invoices_unpaid on invoices (due_on) where state in ('pending', 'failed', 'won''t pay');
create index invoices_month on invoices ((extract(year from issued_on)), (extract(month from issued_on)));
alter table invoices alter pdf set storage external;
alter table subscriptions add foreign key (latest_invoice_id) references invoices on delete set null deferrable initially deferred;
create table invoice_lines (invoice_id bigint references invoices on delete cascade, line integer, description text not null, amount money_amount not null, tax_rate percentage, primary key (invoice_id, line));
create table tax_rates (
  id serial primary key, country character(2) references countries, tax_category_id integer references tax_categories, rate percentage not null,
  valid daterange not null default '[2000-01-01,)', exclude using gist (country with =, tax_category_id with =, valid with &&)
);
create table payment_methods (
  id bigserial primary key, account_id bigint not null references accounts on delete cascade, type text not null,
  card_last_4 character(4), card_expires date, iban text, is_default boolean not null default false,
  constraint type_has_its_columns check (case type when 'Card' then card_last_4 is not null when 'Sepa' then iban is not null else false end)
);
create table payments (
  id bigserial primary key, invoice_id bigint references invoices, order_id bigint references orders, payment_method_id bigint references payment_methods on delete set null,
  amount money_amount not null, state payment_state not null default 'pending', response json, attempts smallint not null default 0,
  constraint for_one_of_both check (num_nonnulls(invoice_id, order_id) = 1)
);
create table refunds (id bigserial primary key, payment_id bigint not null references payments, amount money_amount not null, reason text, by_id bigint references users);
create table disputes (payment_id bigint primary key references payments on delete cascade, opened_at timestamptz not null, evidence_due date, won boolean);
create table ledger_accounts (code varchar(10) primary key, name text not null, parent varchar(10) references ledger_accounts on update cascade, kind text not null check (kind in ('asset', 'liability', 'income', 'expense')));
create table ledger_entries (
  id bigserial, transaction_id uuid not null default uuid_generate_v4(), account varchar(10) not null references ledger_accounts, debit numeric(16, 2), credit numeric(16, 2),
  booked_on date not null default now()::date, document jsonb, primary key (id), check ((debit is null) != (credit is null)), check (coalesce(debit, credit) > 0)
);
create index ledger_entries_sum on ledger_entries (account, booked_on, (coalesce(debit, 0) - coalesce(credit, 0)));
create statistics ledger_entries_by_account (dependencies, ndistinct) on account, booked_on from ledger_entries;
create table dunning_steps (id serial primary key, after interval not null, subject text not null, body text not null);
create table dunning_runs (invoice_id bigint references invoices on delete cascade, dunning_step_id integer references dunning_steps, sent_at timestamptz default now(), primary key (invoice_id, dunning_step_id));
create table exchange_rates (base character(3), quote character(3), day date, rate numeric not null check (rate > 0), primary key (base, quote, day));
create table payouts (id bigserial primary key, account_id bigint references accounts, amount money_amount, "order" integer, "group" text, "user" name default current_user, "select" boolean);
comment on column payouts."order" is 'A reserved word';
