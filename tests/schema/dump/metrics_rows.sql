-- Some rows in the trees of the schema `metrics`, in every branch, and in the circle of its keys.
insert into ingest.sites (id, domain) values (1, 'one.example'), (2, 'Two.example'), (3, 'three.example');
insert into ingest.visitors (visitor, traits) select gen_random_uuid(), hstore('n', n::text) from generate_series(1, 20) n;
insert into ingest.events (site, at, kind, visitor, path, url, device, amount)
select s.id, timestamptz '2023-11-15 12:00+00' + n * interval '5 days', k.kind, v.visitor, '/' || n, 'https://Shop.example:8080/' || n,
  row('Phone', 'os', '{1,2}', point(n, n))::ingest.known_device, 0
from ingest.sites s
cross join generate_series(0, 50) n
cross join unnest(enum_range(null::ingest.kind)) k (kind)
cross join lateral (select visitor from ingest.visitors order by md5(visitor::text || n || k.kind) limit 1) v;
insert into metrics.definitions (id, name, query) values (1, 'rate', 'select 1'), (2, 'Über', 'select 2'), (700, 'x', 'select');
insert into metrics.points (metric, day, value, labels)
select d.id, date '2024-01-01' + n, n / 3.0, hstore('country', n::text) from metrics.definitions d cross join generate_series(0, 90) n;
insert into metrics.computations (id, metric, started, point_day) values (1, 2, now(), '2024-01-31');
update metrics.definitions set latest = 1 where id = 2;
insert into metrics.goals (id, site, target) values (1, 3, 0.5);
update ingest.sites set default_goal = 1, parent = 1;
insert into metrics.jobs_slow (name, took) values ('hourly or daily', '1 hour');
insert into metrics.jobs (name, ok) values ('plain', true);
with dashboard as (insert into reports.dashboards (id, slug, owner) values (1, 'first', 1))
insert into reports.users (id, email, favourite) values (1, 'One@example', 1);
