create table events_2020 (like events including defaults);
alter table events_2020 add constraint in_2020 check (created_at >= '2020-01-01' and created_at < '2021-01-01');
insert into events_2020 (account_id, kind, created_at)
  select n, 'imported', '2020-01-01'::timestamptz + n * interval '1 day' from generate_series(1, 90) n;
