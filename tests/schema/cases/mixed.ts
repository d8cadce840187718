/** Several kinds changed at once, as a migration does it. */
import type { Change } from "../change_cases.ts";

export const mixedChanges: Change[] = [
  {
    name: "names that need quotes, of every kind",
    before:
      `create schema "S s"; create type "E é" as enum ('a'); create table "T ""t" (id integer primary key, "c.c" "E é")`,
    after:
      `create view "V v" ("A a", "b.b") as select id, "c.c" from "T ""t"; create materialized view "M m" as select * from "V v";
      create index "I i" on "M m" ("b.b"); create function "F f"("A a" "E é", "x y" integer default 1) returns "E é" language sql as 'select $1';
      create aggregate "Agg a" (integer) (sfunc = int4pl, stype = integer, initcond = '0'); create collation "C c" from "C";
      create text search dictionary "D d" (template = simple); create text search configuration "TS ts" (parser = "default");
      alter text search configuration "TS ts" add mapping for word with "D d"; create domain "Dom d" as text collate "C c" constraint "is it" check (value <> '');
      create function "S s"."Is"("E é", "E é") returns boolean language sql as 'select $1 is not distinct from $2';
      create operator "S s".=== (procedure = "S s"."Is", leftarg = "E é", rightarg = "E é");
      create view "S s"."Uses" as select "c.c" operator("S s".===) "F f"('a') as "?" from "T ""t"; create type "R r" as range (subtype = text, collation = "C c")`,
  },
  {
    name: "a table becomes a partitioned one under views and functions",
    before:
      `create table a (id integer primary key, day date not null, v text); create view one as select id, day from a;
      create function f() returns setof a language sql as 'select * from a'; create materialized view m as select count(*) as n from one`,
    after:
      `alter table a rename to a_old; drop materialized view m; drop view one; drop function f();
      create table a (id integer, day date not null, v text) partition by range (day); create table a_2020 partition of a for values from ('2020-01-01') to ('2021-01-01');
      create view one as select id, day from a; create function f() returns setof a language sql as 'select * from a';
      create materialized view m as select count(*) as n from one; drop table a_old`,
  },
  {
    name: "a schema dropped with everything in it",
    before:
      `create schema gone; create type gone.e as enum ('a'); create table gone.t (id serial primary key, e gone.e); create view gone.v as select id from gone.t;
      create function gone.f(gone.e) returns integer language sql as 'select 1'; create materialized view gone.m as select gone.f(e) as x from gone.t;
      create aggregate gone.n (*) (sfunc = int8inc, stype = bigint, initcond = '0'); create table a (id integer primary key)`,
    after: "drop schema gone cascade",
    expression: ["public.*", "gone.*"],
  },
  {
    name: "a column renamed and retyped under a view that is renamed and changed",
    before:
      "create table a (id integer primary key, v integer, w text); create view one as select id, v from a; create view two as select v from one",
    after:
      `drop view two; drop view one; alter table a rename v to vv; alter table a alter vv type text using vv::text; alter table a rename to b;
      create view uno as select id, vv as v, w from b; create view two as select v from uno`,
  },
  {
    name: "a schema renamed while its views are rebuilt",
    before:
      `create schema one; create table one.t (id integer primary key, v integer); create view one.v as select v from one.t; create view one.w as select v from one.v`,
    after:
      `drop view one.w; drop view one.v; alter table one.t alter v type bigint; alter schema one rename to uno;
      create view uno.v as select v from uno.t; create view uno.w as select v from uno.v`,
    expression: ["*one.*", "uno.*"],
  },
  {
    name: "a type and its function replaced under a view and a default",
    before:
      `create type c as (x integer); create function f(c) returns integer language sql immutable as 'select ($1).x';
      create function made() returns c language sql immutable as 'select row(1)::c'; create table a (id integer primary key, v integer default f(made())); create view one as select f(made()) as x`,
    after:
      `drop type c cascade; create type c as (x integer, y integer); create function f(c) returns integer language sql immutable as 'select ($1).y';
      create function made() returns c language sql immutable as 'select row(1, 2)::c'; alter table a alter v set default f(made()); create view one as select f(made()) as x`,
  },
  {
    name: "a new label in use by a view, a default and a check at once",
    before: "create type e as enum ('a'); create table a (id integer primary key, e e)",
    after: [
      "alter type e add value 'b'",
      "create view one as select id from a where e = 'b'; alter table a alter e set default 'b'; alter table a add check (e <= 'b'); create function f(e default 'b') returns e language sql as 'select $1'",
    ],
  },
  {
    name: "a chain of views over a function that changes at its root",
    before:
      `create table a (id integer primary key, v integer); create function f(x integer) returns integer language sql immutable as 'select x';
      create view v1 as select f(v) as x from a; create view v2 as select x + 1 as y from v1; create materialized view v3 as select y from v2; create index v3_y on v3 (y);
      create view v4 as select y from v3; create function g() returns setof v4 language sql as 'select * from v4'`,
    after:
      `drop function f(integer) cascade; create function f(y integer) returns bigint language sql immutable as 'select y::bigint * 2';
      create view v1 as select f(v) as x from a; create view v2 as select x + 1 as y from v1; create materialized view v3 as select y from v2; create index v3_y on v3 (y);
      create view v4 as select y from v3; create function g() returns setof v4 language sql as 'select * from v4'`,
  },
  {
    name: "a table gives its name to a view",
    before: "create table a (id integer primary key, v text); create view over as select id from a",
    after:
      "alter table a rename to a_data; create view a as select id, v from a_data where id > 0; create or replace view over as select id from a",
  },
  {
    name: "a view gives its name to a table",
    before:
      "create table b (id integer primary key); create view a as select id from b; create view over as select id from a",
    after:
      "drop view over; drop view a; alter table b rename to a; create view over as select id from a",
  },
  {
    name: "a column's type becomes a new domain over a new function, and a view reads it",
    before:
      "create table a (id integer primary key, email text); create view one as select email from a",
    after:
      `drop view one; create function is_email(text) returns boolean language sql immutable as 'select $1 like ''%@%'''; create domain email as text check (is_email(value));
      alter table a alter email type email; create view one as select email from a`,
  },
  {
    name: "a column that a view used is dropped while its table is renamed",
    before:
      "create table a (id integer primary key, v integer); create view one as select id from a where v > 0",
    after:
      "create or replace view one as select id from a; alter table a drop v; alter table a rename to b; alter view one rename to uno",
  },
];
