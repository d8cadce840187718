/** Functions and procedures, and what depends on them. */
import type { Change } from "../change_cases.ts";

export const functionChanges: Change[] = [
  {
    name: "functions in every shape",
    before: "create table a (id integer primary key, v text)",
    after:
      `create function variadic_of(a integer, variadic b text[] default '{x}') returns text language sql as 'select b[1]';
      create function out_of(in a integer, out b integer, inout c text) language sql as 'select a, c';
      create function table_of(n integer) returns table (id integer, v text) language sql rows 7 as 'select id, v from a limit n';
      create function set_of() returns setof a language plpgsql cost 500 as 'begin return query select * from a; end';
      create function any_of(anyelement, anyarray default '{}'::integer[]) returns anyelement language sql immutable strict as 'select $1';
      create function settings() returns text language sql set search_path to 'SELF', pg_temp set work_mem to '8MB' set "datestyle" to 'ISO, DMY' as 'select v from a limit 1';
      create function secure() returns void language plpgsql security definer volatile parallel restricted as 'begin end';
      create function tricky("a b" integer default 5, text default E'x''\\\\y') returns text language sql as $x$ select $$it's$$ || $2 /* public.a */ $x$;
      create function changes() returns trigger language plpgsql as 'begin return new; end'`,
  },
  {
    name: "a function's body, cost, volatility and settings",
    before: `create function f(a integer) returns integer language sql as 'select 1';
      create function g() returns integer language sql set search_path to 'SELF' as 'select 1'`,
    after:
      `create or replace function f(a integer) returns integer language plpgsql stable strict cost 7 as 'begin return 2; end';
      alter function g() reset search_path; alter function g() immutable`,
  },
  {
    name: "a function's result type, under a view, a default, a check and an index",
    before: `create function f(a integer) returns integer language sql immutable as 'select a';
      create table t (id integer primary key, v integer default f(1), w integer constraint big check (f(w) > 0));
      create index t_f on t (f(w)); create view one as select f(id) as x from t`,
    after:
      `alter table t alter v drop default; alter table t drop constraint big; drop index t_f; drop view one;
      drop function f(integer); create function f(a integer) returns bigint language sql immutable as 'select a::bigint';
      alter table t alter v set default f(1); alter table t add constraint big check (f(w) > 0);
      create index t_f on t (f(w)); create view one as select f(id) as x from t`,
  },
  {
    name: "a function goes with what uses it, and a view takes the name of one that did",
    before:
      `create function f(a integer) returns bigint language sql immutable as 'select a::bigint';
      create table t (id integer primary key, v integer default f(1), w integer constraint big check (f(w) > 0));
      create index t_f on t (f(w)); create view one as select f(id) as x from t`,
    after: `drop view one; drop table t; drop function f; create table a (id integer primary key);
      create function add_of(bigint, integer) returns bigint language sql immutable as 'select $1 + $2';
      create aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '0');
      create view one as select total(id) as t from a`,
  },
  {
    name:
      "a function of a partitioned table goes with it, and a view takes the name of a partition's",
    before: `create function f(b integer) returns integer language sql immutable as 'select b';
      create table r (a integer, b integer constraint big check (f(b) > 0)) partition by range (a);
      create table r1 partition of r for values from (1) to (2);
      create index r1_f on r1 (f(b)); create view one as select f(a) as x from r1`,
    after: `drop view one; drop table r; drop function f; create table a (id integer primary key);
      create view one as select id from a`,
  },
  {
    name: "a function's argument names and defaults",
    before:
      `create function f(a integer, b integer default 1) returns integer language sql as 'select a';
      create function g(a integer) returns integer language sql as 'select a'; create view one as select f(1, 2) as x`,
    after:
      `drop function f(integer, integer) cascade; create function f(x integer, y integer) returns integer language sql as 'select x';
      create view one as select f(1, 2) as x; drop function g(integer);
      create function g(b integer default 4) returns integer language sql as 'select b'`,
  },
  {
    name: "overloaded functions come, go and change",
    before: `create function f(integer) returns integer language sql as 'select 1';
      create function f(text) returns integer language sql as 'select 2'`,
    after:
      `drop function f(integer); create function f(bigint) returns integer language sql as 'select 3';
      create or replace function f(text) returns integer language sql as 'select 4'; create function f() returns integer language sql as 'select 5'`,
  },
  {
    name: "functions that swap names",
    before: `create function f(a integer) returns integer language sql as 'select 1';
      create function g(a integer) returns integer language sql as 'select 2'`,
    after:
      "alter function f(integer) rename to h; alter function g(integer) rename to f; alter function h(integer) rename to g",
  },
  {
    name: "a function whose types are renamed",
    before: `create type e as enum ('a'); create type c as (x integer); create domain d as text;
      create function f(e, c[], d) returns e language sql as 'select $1'`,
    after: "alter type e rename to e2; alter type c rename to c2; alter domain d rename to d2",
  },
  {
    name: "functions that call each other",
    before: "create table a (id integer primary key)",
    after: `create function outer_of(integer) returns integer language sql immutable as 'select $1';
      create function inner_of(integer) returns integer language plpgsql immutable as 'begin return SELF.outer_of($1); end';
      create index on a (inner_of(id)); create table b (id integer default inner_of(3) primary key, c integer check (inner_of(c) > 0))`,
  },
  {
    name: "a function dropped, that a view no longer uses, and another takes its name",
    before:
      `create function f(a integer) returns integer language sql as 'select 1'; create view one as select f(1) as x`,
    after: `create or replace view one as select 2 as x; drop function f(integer);
      create function f(b integer) returns integer language sql as 'select 2'`,
  },
  {
    name: "window functions, leakproof and support are kept",
    before: "",
    after:
      `create function w(integer) returns bigint language internal window immutable strict as 'window_row_number';
      create function l(integer, integer) returns boolean language internal immutable leakproof strict parallel safe as 'int4eq'`,
    isSuperuser: true,
  },
  {
    name: "a support function",
    before: "",
    after:
      `create function s(text) returns setof text language internal immutable strict rows 3 support generate_series_int4_support as 'upper'`,
    since: 12,
    isSuperuser: true,
  },
  {
    name: "procedures",
    before:
      `create procedure p(a integer) language sql as 'select 1'; create procedure q() language plpgsql as 'begin commit; end'`,
    after:
      `create or replace procedure p(a integer) language plpgsql security definer as 'begin end'; drop procedure q();
      create procedure q(b text default 'x') language sql as 'select 2'; create procedure r() language sql as 'select 3'; alter procedure r() rename to s`,
    since: 11,
  },
  {
    name: "procedures with OUT arguments",
    before:
      "create procedure p(in a integer, out b integer) language plpgsql as 'begin b := a; end'",
    after:
      `create or replace procedure p(in a integer, out b integer) language plpgsql as 'begin b := a + 1; end';
      create procedure q(out x text, inout y integer) language plpgsql as 'begin x := 1; end'`,
    since: 14,
  },
  {
    name: "a function becomes a procedure",
    before: "create function f(a integer) returns void language sql as 'select 1'",
    after: "drop function f(integer); create procedure f(a integer) language sql as 'select 1'",
    since: 11,
  },
  {
    name: "BEGIN ATOMIC bodies over tables and views",
    before:
      `create table a (id integer primary key, v integer); create view one as select id from a;
      create function f(n integer) returns bigint language sql begin atomic select count(*) from one where id > n; end`,
    after:
      `create function g() returns setof a language sql begin atomic select * from a; select * from a where id > 1; end;
      create function h(x integer) returns integer return x + 1; alter table a rename v to w`,
    since: 14,
  },
  {
    name: "a column changes its type under a BEGIN ATOMIC body",
    before: `create table a (id integer primary key, v integer);
      create function f() returns bigint language sql begin atomic select sum(v) from a; end; create view one as select f() as f`,
    after: `drop view one; drop function f(); alter table a alter v type bigint;
      create function f() returns bigint language sql begin atomic select sum(v)::bigint from a; end; create view one as select f() as f`,
    since: 14,
  },
  {
    name: "a BEGIN ATOMIC body no longer uses a dropped table",
    before: `create table a (id integer primary key); create table b (id integer primary key);
      create function f() returns bigint language sql begin atomic select count(*) from a; end`,
    after:
      "create or replace function f() returns bigint language sql begin atomic select count(*) from b; end; drop table a",
    since: 14,
  },
  {
    name:
      "a function of a generated column and of a partitioned table's checks and indexes is made anew",
    before: `create function f(a integer) returns integer language sql immutable as 'select a';
      create table g (id integer primary key, v integer generated always as (f(id)) stored);
      create table r (a integer, b integer constraint big check (f(b) > 0)) partition by range (a); create table r1 partition of r for values from (1) to (2);
      create index r_f on r (f(b)); create view one as select f(a) as x from r1`,
    after:
      `alter table g drop v; alter table r drop constraint big; drop index r_f; drop view one; drop function f(integer);
      create function f(b integer) returns integer language sql immutable as 'select b'; alter table g add v integer generated always as (f(id)) stored;
      alter table r add constraint big check (f(b) > 0); create index r_f on r (f(b)); create view one as select f(a) as x from r1`,
    since: 12,
  },
];
