create table delayed_jobs (
  id bigserial primary key, priority "Job Priority" not null default 'normal', attempts integer not null default 0, handler text not null, last_error text,
  run_at timestamptz default now(), locked_at timestamptz, locked_by text, failed_at timestamptz, queue text
) with (autovacuum_vacuum_cost_delay = 0, fillfactor = 60);
create index delayed_jobs_priority on delayed_jobs (priority desc, run_at) where locked_at is null and failed_at is null;
create table que_jobs (
  priority smallint not null default 100, run_at timestamptz not null default now(), job_id bigserial not null, job_class text not null, args json not null default '[]'::json,
  error_count integer not null default 0, last_error text, queue text not null default '', constraint que_jobs_pkey primary key (queue, priority, run_at, job_id)
);
comment on table que_jobs is '3';
create table webhook_endpoints (id uuid primary key default uuid_generate_v4(), account_id bigint not null references accounts on delete cascade, url text not null, events text[] not null default '{}', secret bytea not null default '\xdeadbeef');
create table webhook_deliveries (id bigserial primary key, endpoint_id uuid not null references webhook_endpoints on delete cascade, payload jsonb not null, status smallint, duration interval second(3), at timestamptz default now());
create index webhook_deliveries_failed on webhook_deliveries (endpoint_id, at) where status is null or status >= 400;
create table flipper_features (id bigserial primary key, key varchar not null unique, created_at timestamp not null, updated_at timestamp not null);
create table flipper_gates (id bigserial primary key, feature_key varchar not null, key varchar not null, value varchar, created_at timestamp not null, updated_at timestamp not null, unique (feature_key, key, value));
create table audits (
  id bigserial primary key, auditable_type text, auditable_id bigint, user_type text default 'User', user_id bigint, action text, audited_changes hstore, version integer default 0,
  comment text, remote_address inet, request_uuid uuid, created_at timestamp
);
create index audits_auditable on audits (auditable_type, auditable_id, version);
create table notifications (id bigserial primary key, user_id bigint references users on delete cascade, kind text not null, params jsonb, read_at timestamptz);
create table notification_preferences (user_id bigint references users on delete cascade, kind text, channel text default 'mail' check (channel in ('mail', 'push', 'none')), quiet tsrange[], primary key (user_id, kind));
create table support_tickets (id bigserial primary key, account_id bigint references accounts, order_id bigint references orders, subject text, state text default 'open', assigned_to_id bigint references users, sla interval hour to minute default '04:00');
create table support_messages (id bigserial primary key, ticket_id bigint not null references support_tickets on delete cascade, author_id bigint references users, body text, internal boolean default false, search tsvector);
create index support_messages_search on support_messages using gist (search);
create table imports (id bigserial primary key, file text, log text[][], stats double precision[] default array[0, 0, 0.5]::double precision[], at timestamptz);
create table reports (id serial primary key, query text not null, cron text default '0 4 * * 1-5', formats "char" not null default 'c', last_run timestamptz);
-- A log that is cut by month, each month with an index of its own, as PostgreSQL 10 wants it.
create table page_views (
  at timestamptz not null, account_id bigint, visitor uuid not null, path text not null default '/', referrer text, utm hstore, duration_ms integer check (duration_ms >= 0)
) partition by range (at);
do $months$
declare
  month date := '2023-01-01';
begin
  while month < '2024-01-01' loop
    execute format('create table %I partition of page_views (constraint %I check (path <> '''')) for values from (%L) to (%L)',
      'page_views_' || to_char(month, 'YYYY_MM'), 'path of ' || to_char(month, 'FMMonth'), month::timestamp at time zone 'UTC',
      (month + interval '1 month') at time zone 'UTC');
    execute format('create index on %I (account_id, at desc)', 'page_views_' || to_char(month, 'YYYY_MM'));
    month := month + interval '1 month';
  end loop;
end $months$;
create table page_views_old partition of page_views for values from (minvalue) to ('2023-01-01 00:00+00') partition by list (account_id);
create table page_views_old_small partition of page_views_old for values in (1, 2, 3, null);
create table page_views_old_big partition of page_views_old for values in (4);
alter table page_views_old_big alter path set default '/old', alter visitor set default '00000000-0000-0000-0000-000000000000';
