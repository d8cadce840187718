create table reports.users (id serial primary key, email citext not null unique, name text, manager integer references reports.users, favourite integer, seen_at timestamptz);
create table reports.dashboards (id serial primary key, slug text not null, title text, owner integer not null references reports.users, layout jsonb not null default '{"columns": 2}', shared_with integer[] not null default '{}', unique (owner, slug));
alter table reports.users add foreign key (favourite) references reports.dashboards on delete set null deferrable initially deferred;
create table reports.widgets (dashboard integer references reports.dashboards on delete cascade, position smallint, kind text check (kind in ('line', 'bar', 'number', 'table')), metric integer references metrics.definitions, options json, place box, primary key (dashboard, position));
create table reports.schedules (dashboard integer primary key references reports.dashboards, cron text not null default '0 6 * * *', recipients citext[], next_run timestamptz, paused boolean not null default false);
create table reports.exports (id uuid primary key default ext.uuid_generate_v1(), by_user integer references reports.users, format text default 'csv', rows bigint, file oid, finished_at timestamptz);
create table reports.annotations (id serial primary key, site integer references ingest.sites, during daterange, text text not null, colour "char" default 'r');
create table reports.saved_queries (id serial primary key, name text, sql text not null check (sql !~* '\m(drop|delete)\M'), params hstore default 'limit=>100', last_plan xml);
create table reports.query_runs (query integer references reports.saved_queries on delete cascade, at timestamptz default clock_timestamp(), ms double precision, primary key (query, at));
create table reports."Benutzer (alt)" ("Nr." integer primary key, "Name ""kurz""" varchar(8), "é" text default 'ü', "group" text, "Ein Name, der genau so lang ist, wie PostgreSQL ihn erlaubt 63" date);
create table reports."select_x" ("order" text primary key);
create table reports."select" ("from" integer primary key, "where" text references reports."select_x" ("order"));

create view reports.events_today as select * from ingest.events where at >= current_date and kind <> 'error';
create view reports.by_kind as
  select site, kind, count(*) as n, metrics.histogram(path) filter (where kind = 'page') as paths, metrics.ewma(amount::double precision, 0.2 order by at) as trend,
    count(distinct visitor) as visitors, percentile_disc(0.9) within group (order by amount) as p90, (array_agg(url order by at desc))[1:3] as urls
  from reports.events_today group by cube (site, kind) having count(*) > 0;
create view reports.sessions as
  with gaps as (select site, visitor, at, at - lag(at) over w > interval '30 min' as is_new from ingest.events window w as (partition by site, visitor order by at)),
    numbered as (select *, count(*) filter (where is_new) over (partition by site, visitor order by at rows unbounded preceding) as n from gaps)
  select site, visitor, n, min(at) as started, max(at) - min(at) as took, count(*) as events from numbered group by site, visitor, n;
-- The CTE is called as the table that it reads.
create view reports.sites as with sites as (select s.id, s.domain from ingest.sites s), events as (select e.site, count(*) as n from ingest.events e group by 1) select sites.domain, events.n from sites left join events on events.site = sites.id;
create view reports.definitions as with definitions as materialized (select * from metrics.definitions where owner = current_user) select d.id, d.name, p.value, metrics.status_of(p.value, d.good) as status from definitions d left join lateral (select value from metrics.points p where p.metric = d.id order by day desc fetch first 1 rows with ties) p on true;
create materialized view reports.daily as
  select e.site, (e.at at time zone 'UTC')::date as day, e.kind, count(*) as n, count(distinct e.visitor) as visitors, sum(e.amount) as revenue, metrics.rate(count(*) filter (where e.kind = 'error'), count(*)) as errors
  from ingest.events e group by 1, 2, 3;
create unique index daily_key on reports.daily (site, day, kind);
create index daily_revenue on reports.daily (revenue desc nulls last) where revenue is not null;
create materialized view reports.weekly with (fillfactor = 80) as select site, c.week, sum(n) as n, max(errors) as worst from reports.daily d join metrics.calendar c using (day) group by 1, 2;
create index on reports.weekly using brin (week);
create materialized view reports.top with (autovacuum_enabled = false) as select w.*, rank() over (order by w.n desc) as place, s.domain from reports.weekly w left join reports.sites s on s.n = w.n with no data;
comment on materialized view reports.top is 'A view over a view over a view';
create view reports.dashboards_of_all as select d.id, u.email, d.layout ->> 'columns' as columns, (select count(*) from reports.widgets w where w.dashboard = d.id) as widgets, coalesce(d.title, d.slug, '«none»') as title from reports.dashboards d join reports.users u on u.id = d.owner;
create view reports.funnel as select f.id, s.step, f.steps[s.step] as kind, exists (select from ingest.events e where e.kind = f.steps[s.step]) as happened from metrics.funnels f join metrics.funnel_steps s on s.funnel = f.id;
create view reports.words as select id, w.* from metrics.definitions, lateral regexp_split_to_table(query, '\s+') with ordinality as w (word, n) where query operator(metrics.~~~) 'select';
create view reports.edit_users with (check_option = cascaded, security_barrier = true) as select id, email, name from reports.users where seen_at is not null;
create recursive view reports.managers (id, boss, depth) as select u.id, u.manager, 0 from reports.users u union all select m.id, u.manager, m.depth + 1 from managers m join reports.users u on u.id = m.boss;
create function reports.events_of(site integer, since timestamptz default '-infinity', kinds ingest.kind[] default '{page,click}') returns setof ingest.events language sql stable parallel safe rows 10000
  as $$ select * from ingest.events e where e.site = events_of.site and e.at > since and e.kind = any (kinds) $$;
create view reports.pages_of_one as select e.id, e.path, (e.device).family, e.host from reports.events_of(1) e;
create function reports.top_of(site integer) returns table (place bigint, domain citext) language plpgsql stable set search_path to reports, ingest, metrics, pg_temp set statement_timeout = '5s' as $$
begin
  return query select t.place, t.domain from top t where t.site = top_of.site order by 1;
exception when others then
  raise warning 'no top: %', sqlerrm;
end $$;
create procedure reports.refresh_all() language plpgsql as $$ begin refresh materialized view reports.daily; refresh materialized view reports.weekly; end $$;
comment on procedure reports.refresh_all() is 'At night';
create function reports.guard() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger guard after insert on reports.exports for each statement execute function reports.guard();
