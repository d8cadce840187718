-- Some 45 MB for the bank, so that loads last. Run as the owner. Takes two seconds.
insert into account
select i, i, md5(i::text), 1000, repeat(md5(i::text), 4)
from generate_series(1, 15000) i;
insert into entry (account_id, amount, note)
select i % 15000 + 1, i % 1000, repeat(md5(i::text), 6)
from generate_series(1, 40000) i;
insert into archive
select md5('archive' || i)::uuid, repeat(md5(i::text), 30)
from generate_series(1, 15000) i;
insert into visit
select (array['eu', 'us', 'br', 'za'])[i % 4 + 1], i, i % 15000 + 1, repeat(md5(i::text), 5)
from generate_series(1, 12000) i;
insert into booking
select i, int4range(i * 10, i * 10 + 5)
from generate_series(1, 500) i;
insert into cache
select i, 'first'
from generate_series(1, 200) i;
insert into counter values (1, 0);
