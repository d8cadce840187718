-- Empties a small table and fills it anew. Locks: ACCESS EXCLUSIVE on exchange_rates.
truncate exchange_rates;
insert into exchange_rates (currency, day, rate)
select currency, date '2026-01-01' + n, round((0.5 + random())::numeric, 8)
from generate_series(0, 49 + floor(random() * 50)::integer) n,
  unnest(array['USD', 'GBP', 'CHF', 'SEK']) currency;
