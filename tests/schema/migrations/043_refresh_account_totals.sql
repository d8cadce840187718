-- no transaction
refresh materialized view concurrently account_totals;
