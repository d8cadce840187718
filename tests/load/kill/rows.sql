-- A small bank, some 8 MB, and documents whose bodies are stored out of line: few rows, and chunks that are small.
-- Run as the owner after bank.sql and documents.sql.
insert into account
select i, i, md5(i::text), 1000, repeat(md5(i::text), 4)
from generate_series(1, 4000) i;
insert into entry (account_id, amount, note)
select i % 4000 + 1, i % 1000, repeat(md5(i::text), 6)
from generate_series(1, 8000) i;
insert into archive
select md5('archive' || i)::uuid, repeat(md5(i::text), 30)
from generate_series(1, 1500) i;
insert into visit
select (array['eu', 'us', 'br', 'za'])[i % 4 + 1], i, i % 4000 + 1, repeat(md5(i::text), 5)
from generate_series(1, 3000) i;
insert into booking
select i, int4range(i * 10, i * 10 + 5)
from generate_series(1, 500) i;
insert into cache
select i, 'first'
from generate_series(1, 200) i;
insert into counter values (1, 0);
insert into document
select i, i * 7, 'title ' || i, repeat(md5(i::text), 200)
from generate_series(1, 400) i;
