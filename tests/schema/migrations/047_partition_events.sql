lock table events in share row exclusive mode;
create table events_by_month (
  id bigint not null default nextval('events_id_seq'),
  account_id integer,
  kind text not null,
  payload jsonb,
  created_at timestamptz not null default now(),
  constraint events_by_month_pkey primary key (id, created_at)
) partition by range (created_at);
create table events_past partition of events_by_month for values from (minvalue) to ('2020-01-01');
create table events_rest partition of events_by_month default;
create index index_events_by_month_on_account_id on events_by_month (account_id);
insert into events_by_month select * from events;
alter table events rename to events_unpartitioned;
alter table events_by_month rename to events;
alter sequence events_id_seq owned by events.id;
