-- A bulk of events comes, the oldest ones go. Locks: the deleted rows.
insert into events (at, kind, customer_id, payload, address, took)
select clock_timestamp(), 'import', 1 + n % 6000, jsonb_build_object('n', n, 'path', '/a\b"c'),
  '2001:db8::1', n * interval '1 ms'
from generate_series(1, 150) n;

delete from events where id in (select id from events order by id limit 100);
