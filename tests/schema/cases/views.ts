/** Views: made, replaced, renamed, rebuilt with what depends on them. */
import type { Change } from "../change_cases.ts";

const table = "create table a (id integer primary key, v text, w integer default 3);";

export const viewChanges: Change[] = [
  {
    name: "new views over tables, functions and views",
    before: table,
    after: `create function f(integer) returns integer language sql immutable as 'select $1 + 1';
      create view one as select id, f(w) as g from a where v <> 'x';
      create view two ("a b", c) as select one.id, count(*) from one join a using (id) group by one.id;
      create view "V three" as values (1, 'x'::text), (2, 'y')`,
  },
  {
    name: "a dropped view, and one that other views use",
    before: `${table} create view one as select id from a; create view two as select id from one;
      create view three as select id from two`,
    after: "drop view three; drop view two; create or replace view one as select id, v from a",
  },
  {
    name: "a view gets more columns and another condition",
    before: `${table} create view one as select id from a; create view two as select * from one`,
    after: "create or replace view one as select id, upper(v) as v, w from a where w > 1",
  },
  {
    name: "a view made anew with other columns, under other views",
    before: `${table} create view one as select id, v from a; create view two as select id from one;
      create view three as select count(*) as n from two`,
    after: `drop view one cascade; create view one as select v, id::bigint as id from a;
      create view two as select id from one; create view three as select count(*) as n from two`,
  },
  {
    name: "a view's column changes its type under a materialized view and a function",
    before: `${table} create view one as select id, w from a;
      create materialized view m as select w from one; create unique index m_w on m (w);
      create function f() returns setof one language sql as 'select * from one'`,
    after: `drop view one cascade; create view one as select id, w::text as w from a;
      create materialized view m as select w from one; create unique index m_w on m (w);
      create function f() returns setof one language sql as 'select * from one'`,
  },
  {
    name: "a table's column changes its type under views",
    before:
      `${table} create view one as select id, w from a; create view two as select w + 1 as x from one;
      create view apart as select v from a`,
    after: `drop view two; drop view one; alter table a alter w type bigint;
      create view one as select id, w from a; create view two as select w + 1 as x from one`,
  },
  {
    name: "two columns of two tables change their types under one view",
    before: `${table} create table b (id integer primary key, x integer);
      create view both_of as select w, x from a join b using (id)`,
    after: `drop view both_of; alter table a alter w type numeric(10, 2);
      alter table b alter x type text using x::text;
      create view both_of as select w, x from a join b using (id)`,
  },
  {
    name: "a view's columns renamed, two of them swapped",
    before:
      `${table} create view one as select id, v, w from a; create view two as select v from one`,
    after: `alter table one rename column id to tmp; alter table one rename column v to id;
      alter table one rename column tmp to v; alter view one rename to uno`,
  },
  {
    name: "two views that swap names",
    before: `${table} create view one as select id from a; create view two as select v from a;
      create view three as select one.id, two.v from one, two`,
    after: "alter view one rename to x; alter view two rename to one; alter view x rename to two",
  },
  {
    name: "a table and its column renamed under a view",
    before: `${table} create view one as select id, v from a where w > 0`,
    after: "alter table a rename w to width; alter table a rename to b",
  },
  {
    name: "a column that a view no longer uses is dropped",
    before: `${table} create view one as select id from a where w > 0`,
    after: "create or replace view one as select id from a; alter table a drop w",
  },
  {
    name: "a table that a view no longer uses gives its name to another",
    before: `${table} create table b (id integer primary key); create view one as select id from b`,
    after: `create or replace view one as select id from a; drop table b;
      create table b (id integer primary key, extra text)`,
  },
  {
    name: "options of views",
    before: `${table} create view one with (security_barrier) as select id from a;
      create view two as select id, w from a where w > 0;
      create view three as select id, w from a where w > 0 with cascaded check option`,
    after: `alter view one reset (security_barrier);
      alter view two set (check_option = local, security_barrier = true);
      create or replace view three as select id, w from a where w > 0`,
  },
  {
    name: "security_invoker of a view",
    before:
      `${table} create view one as select id from a; create view two with (security_invoker) as select id from a`,
    after:
      "alter view one set (security_invoker = true); alter view two set (security_invoker = false)",
    since: 15,
  },
  {
    name: "defaults of a view's columns",
    before:
      `${table} create view one as select id, v, w from a; alter view one alter v set default 'x';
      alter view one alter w set default 1`,
    after:
      "alter view one alter v drop default; alter view one alter w set default 2; alter view one alter id set default 9",
  },
  {
    name: "recursive views",
    before: table,
    after:
      `create recursive view counted (n) as values (1) union all select n + 1 from counted where n < 9;
      create view deep as with recursive x (id, up) as (select id, w from a union all select a.id, a.w from a join x on x.up = a.id) select * from x`,
  },
  {
    name: "a view that reads itself, and two that read each other",
    before: table,
    after: `create view self as select 1 as x; create or replace view self as select x from self;
      create view ping as select 1 as x, 'a'::text as y; create view pong as select x, y from ping;
      create or replace view ping as select x, y from pong`,
  },
  {
    name: "a view in a circle with a function of its rows",
    before: table,
    after: `create view row_of as select id, 1 as n from a;
      create function n_of(row_of) returns integer language sql as 'select $1.id';
      create or replace view row_of as select id, n_of(row(id, 2)::row_of) as n from a`,
  },
  {
    name: "circles of views, and of a view and a function of its rows, go",
    before:
      `${table}; create view self as select 1 as x; create or replace view self as select x from self;
      create view ping as select 1 as x, 'a'::text collate "C" as y; create view pong as select x, y from ping;
      create or replace view ping as select x, y from pong; create view after_all as select x from ping;
      create view row_of as select id, 1 as n from a;
      create function n_of(row_of) returns integer language sql as 'select $1.id';
      create or replace view row_of as select id, n_of(row(id, 2)::row_of) as n from a`,
    after: `drop view after_all; drop view ping, pong; drop view self;
      create or replace view row_of as select id, 1 as n from a; drop function n_of; drop view row_of`,
  },
  {
    name: "a CTE that shares its table's name, and names of pg_catalog",
    before: table,
    after: `create view one as with a as (select id, v from SELF.a where w > 1) select * from a;
      create function lower(integer) returns integer language sql immutable as 'select $1';
      create view two as select lower(id) as low, lower(v) as lowered from a;
      create table pg_class (id integer primary key); create view three as select id from SELF.pg_class`,
  },
  {
    name: "set operations, lateral joins, windows and grouping sets",
    before: table,
    after:
      `create view one as select id, v from a union all (select w, 'x' from a except select 1, 'y') order by 1 limit 3;
      create view two as select a.id, b.* from a cross join lateral (select w + 1 as x, row_number() over (partition by v order by id) as r) b;
      create view three as select v, w, sum(id) filter (where id > 1) as s from a group by grouping sets ((v), (w), ());
      create view four as select coalesce(v, '') collate "C" as c, array(select id from a order by 1) as ids from a`,
  },
  {
    name: "a view that groups by its table's primary key",
    before: `${table} create view one as select id, v, count(*) as n from a group by id`,
    after:
      "create or replace view one as select id, v, count(*) as n from a group by id, v; alter table a add x text",
  },
  {
    name: "a view of another schema comes along with its table's change",
    before: `${table} create view one as select id, v::varchar(5) as v from a`,
    after: `drop view one; alter table a alter v type varchar(9);
      create view one as select id, v from a`,
  },
  {
    name: "a column changes its type under views of a partition and of the whole",
    before:
      `create table r (a integer not null, b integer, c integer) partition by range (a); create table r1 partition of r for values from (1) to (2);
      create table r2 partition of r for values from (2) to (3) partition by list (b); create table r21 partition of r2 for values in (1);
      create view whole as select a, c from r; create view part as select c from r1; create view deep as select c from r21`,
    after: `drop view whole; drop view part; drop view deep; alter table r alter c type bigint;
      create view whole as select a, c from r; create view part as select c from r1; create view deep as select c from r21`,
  },
  {
    name: "a column changes its type under views of an inheriting table",
    before:
      `create table p (a integer, b text); create table c (d integer) inherits (p); create view one as select a, d from c; create view two as select a from p`,
    after:
      `drop view one; drop view two; alter table p alter a type bigint; create view one as select a, d from c; create view two as select a from p`,
  },
];
