create materialized view account_totals as
  select account_id, count(*) as tickets, count(*) filter (where state = 'solved') as solved
  from tickets
  group by account_id;
create unique index index_account_totals on account_totals (account_id);
