lock table events in share row exclusive mode;
with moved as (
  delete from events_rest where created_at >= '2020-01-01' and created_at < '2021-01-01'
  returning id, account_id, kind, payload, created_at
)
insert into events_2020 select * from moved;
alter table events attach partition events_2020 for values from ('2020-01-01') to ('2021-01-01');
alter table events_2020 drop constraint in_2020;
