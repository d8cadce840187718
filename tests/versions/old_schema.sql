-- One of each kind that PostgreSQL 9.2 has, as it takes it.
create type mood as enum ('sad', 'glad');
create type place as (x integer, name text collate "C");
create domain positive as integer default 1 constraint is_positive check (value > 0);
create type floats as range (subtype = double precision, subtype_diff = float8mi);
create collation plain (lc_collate = 'C', lc_ctype = 'C');
create function add_one(n integer) returns integer language sql immutable as 'select n + 1';
create function twice(n integer, times integer default 2) returns integer language plpgsql immutable
  set search_path to 'public' as 'begin return public.add_one(n) * times; end';
create function table_of(out a integer, out b text) returns setof record language sql as 'select 1, ''x''::text';
create function on_change() returns trigger language plpgsql as 'begin return new; end';
create function is_mood(mood, text) returns boolean language sql immutable as 'select $1::text = $2';
create aggregate concat_of (text) (sfunc = textcat, stype = text, initcond = '');
create operator ==~ (procedure = is_mood, leftarg = mood, rightarg = text, restrict = eqsel, join = eqjoinsel);
create function mood_of(integer) returns mood language sql immutable as 'select ''sad''::mood';
create cast (integer as mood) with function mood_of(integer) as assignment;
create text search dictionary short_words (template = pg_catalog.simple, accept = false);
create text search configuration words (parser = pg_catalog."default");
alter text search configuration words add mapping for asciiword, word with short_words, simple;
create sequence counter increment by 5 minvalue 5 maxvalue 5000 start 10 cycle;
create table person (
  id serial primary key,
  email text not null unique,
  mood mood not null default 'sad',
  moods mood[],
  place place,
  age positive,
  span floats default '[1,2)',
  code varchar(20) collate plain,
  counted bigint default nextval('counter'),
  seen timestamp with time zone default now(),
  boss integer references person on delete cascade,
  constraint grown check (add_one(age) > 1),
  constraint apart exclude using gist (span with &&)
) with (fillfactor = 80);
create index on person (lower(email) desc nulls last, age) where mood = 'sad';
create unique index person_code on person (code text_pattern_ops);
create table keyless (a integer, b text);
create table pair (a integer, b text, c integer unique deferrable initially deferred, primary key (a, b));
create table child_of_pair (id integer primary key, a integer, b text, foreign key (a, b) references pair match full);
create table parent (id integer primary key, kept text not null default 'p', constraint long check (length(kept) > 0));
create table child (extra integer, kept text not null default 'c') inherits (parent);
alter table child add primary key (id);
create table typed of place;
create unlogged table passing (id integer primary key);
alter table child_of_pair add constraint later check (id > 5) not valid;
alter table person alter email set statistics 100, alter email set (n_distinct = 5), alter code set storage external;
alter table person cluster on person_pkey;
create view grown_up with (security_barrier) as select id, email, add_one(age) as next from person where age > 17;
create view of_view as select id, next from grown_up;
alter view of_view alter next set default 7;
create trigger changes before update on person for each row execute procedure on_change();
create rule quiet as on delete to keyless do instead nothing;
comment on type mood is 'an enum';
comment on column person.mood is 'a column';
comment on function add_one(integer) is 'a function';
comment on index person_code is 'an index';
comment on constraint grown on person is 'a check of a table';
comment on view grown_up is 'a view';
grant select on all sequences in schema public to public;
