create table events (
  id bigserial primary key,
  account_id integer,
  kind text not null,
  payload jsonb,
  created_at timestamptz not null default now()
);
create index index_events_on_account_id on events (account_id);
