/**
 * Pairs of {before, after} in DDL. Each has a schema of its own, alone in its search_path but for public:
 * names need no schema. `OTHER` in its SQL stands for the name of a second schema of its own (such a pair
 * is not tried under apply_schema), `SELF` for the first one's.
 */

export interface Change {
  name: string;
  before: string;
  /** Made by the superuser in the schema public beforehand. */
  extensions?: readonly string[];
  /** Several where one of them has to be a statement by itself. */
  after: string | string[];
  /** Lowest major that takes it; default 10. */
  since?: number;
  /** Highest major that takes it. */
  until?: number;
  /** For kinds that only a superuser makes, on either side: in databases of its own. */
  isSuperuser?: boolean;
  /** In databases of its own, whose schema public becomes test. */
  isAlone?: boolean;
  /** In databases of its own, of which these are replicated under their names. */
  expression?: readonly string[];
  /** Rows of the target afterwards, as one text. */
  rows?: { insert: string; select: string; expect: string };
}

export const changes: Change[] = [
  {
    name: "a new table",
    before: "",
    after: "create table a (id serial primary key, v text default 'x')",
  },
  { name: "a dropped table", before: "create table a (id integer)", after: "drop table a" },
  {
    name: "a dropped table comes back with another shape",
    before: "create table a (id integer primary key, v text)",
    after: "drop table a; create table a (id bigint primary key, w text)",
  },
  {
    name: "a renamed table with its serial",
    before: "create table a (id serial primary key, v text)",
    after: "alter table a rename to b; alter sequence a_id_seq rename to b_id_seq",
  },
  {
    name: "two tables that swap names",
    before: "create table a (id integer primary key); create table b (v text)",
    after: "alter table a rename to c; alter table b rename to a; alter table c rename to b",
  },
  {
    name: "parts are dropped of tables that swap names",
    before:
      "create table a (id integer primary key, v text, w integer check (w > 0)); create table b (id integer primary key, v text, w integer check (w > 0))",
    after:
      "alter table a drop v, drop constraint a_w_check, add v integer; alter table a rename to c; alter table b rename to a; alter table c rename to b",
  },
  {
    name: "a new column",
    before: "create table a (id integer primary key)",
    after: "alter table a add column v text not null default 'x' collate \"C\"",
  },
  {
    name: "a column whose default was changed after it was added",
    before: "create table a (id integer primary key)",
    after: "alter table a add column v text default 'old'; alter table a alter v set default 'new'",
    since: 11,
    rows: {
      insert: "insert into a values (1)",
      select: "select string_agg(v, ',') as value from a",
      expect: "old",
    },
  },
  {
    name: "a dropped column",
    before: "create table a (id integer, v text)",
    after: "alter table a drop v",
  },
  {
    name: "a renamed column in keys, checks, indexes and generated values",
    before:
      "create table a (id integer primary key, v integer check (v > 0)); create index on a ((v + 1))",
    after: 'alter table a rename v to w; alter table a rename id to "x y"',
  },
  {
    name: "two columns that swap names",
    before: "create table a (id integer primary key, v integer)",
    after:
      "alter table a rename v to x; alter table a rename id to v; alter table a rename x to id",
  },
  {
    name: "a column replaced by another of its name",
    before: "create table a (id integer, v text)",
    after: "alter table a drop v; alter table a add v integer",
  },
  {
    name: "a column renamed and another takes its name",
    before: "create table a (id integer, v text)",
    after: "alter table a rename v to w; alter table a add v integer default 4",
  },
  {
    name: "a column's type",
    before:
      "create table a (id integer primary key, v integer default 5 unique); create index on a (v)",
    after: "alter table a alter id type bigint, alter v type numeric(10, 2)",
  },
  {
    name: "a column's type with a cast",
    before: "create table a (id integer primary key, v text default '5')",
    after:
      "alter table a alter v drop default; alter table a alter v type integer using v::integer; alter table a alter v set default 7",
  },
  {
    name: "defaults and NOT NULL",
    before:
      "create table a (a integer default 1, b integer default 1, c integer, d integer not null)",
    after:
      "alter table a alter a set default 2, alter b drop default, alter c set default 3, alter c set not null, alter d drop not null",
  },
  {
    name: "checks",
    before:
      "create table a (a integer constraint one check (a > 1), b integer constraint two check (b > 1))",
    after:
      "alter table a drop constraint one; alter table a rename constraint two to deux; alter table a add constraint three check (b < 9) not valid",
  },
  {
    name: "a check that is validated",
    before: "create table a (a integer); alter table a add constraint one check (a > 1) not valid",
    after: "alter table a validate constraint one",
  },
  {
    name: "a check that changes under its name",
    before: "create table a (a integer constraint one check (a > 1))",
    after: "alter table a drop constraint one; alter table a add constraint one check (a > 2)",
  },
  {
    name: "keys",
    before: "create table a (a integer primary key, b integer not null unique)",
    after:
      "alter table a drop constraint a_pkey; alter table a add primary key (b, a); alter table a drop constraint a_b_key; alter table a add unique (a) deferrable",
  },
  {
    name: "indexes",
    before:
      "create table a (a integer, b text); create index one on a (a); create index two on a (b); create index three on a (a, b)",
    after:
      "drop index one; alter index two rename to deux; drop index three; create index three on a (b, a); create unique index on a (upper(b)) where a > 3",
  },
  {
    name: "an enum with labels before, between and after",
    before: "create type e as enum ('b', 'd'); create table a (e e default 'b')",
    after: [
      "alter type e add value 'a' before 'b'",
      "alter type e add value 'c' after 'b'",
      "alter type e add value 'e'",
    ],
  },
  {
    name: "an enum's label renamed and one added next to it",
    before: "create type e as enum ('a', 'b'); create table a (e e default 'b')",
    after: ["alter type e rename value 'b' to 'B'", "alter type e add value 'c' after 'B'"],
  },
  {
    name: "types renamed under columns",
    before:
      "create type e as enum ('a'); create domain d as integer check (value > 0); create type c as (x e); create table a (e e[], d d, c c)",
    after: "alter type e rename to f; alter domain d rename to g; alter type c rename to h",
  },
  {
    name: "a composite type",
    before: "create type c as (x integer, y text, z text)",
    after:
      "alter type c rename attribute x to w; alter type c drop attribute y; alter type c alter attribute z type integer; alter type c add attribute v text[]",
  },
  {
    name: "a domain",
    before:
      "create domain d as integer default 1 constraint one check (value > 0) constraint two check (value < 9) not null",
    after:
      "alter domain d drop constraint one; alter domain d rename constraint two to deux; alter domain d add constraint three check (value <> 5); alter domain d drop not null; alter domain d set default 2",
  },
  {
    name: "functions",
    before:
      "create function f(a integer) returns integer language sql as 'select 1'; create function g() returns text language sql as $$ select 'x'::text $$; create function h() returns integer language sql as 'select 1'; create function i(a integer) returns integer language sql as 'select 1'",
    after:
      "create or replace function f(a integer) returns integer language sql as 'select 2'; drop function g(); create function g() returns integer language sql as 'select 1'; alter function h() rename to k; drop function i(integer); create function i(b integer) returns integer language sql as 'select 1'",
  },
  {
    name: "sequences",
    before: "create sequence s; create sequence t; create table a (id integer)",
    after:
      "alter sequence s increment 5 maxvalue 100 cycle cache 7; alter sequence t owned by a.id; create sequence u owned by a.id; alter table a alter id set default nextval('u')",
  },
  {
    name: "identity",
    before:
      "create table a (id integer generated always as identity primary key, v integer not null, w integer generated by default as identity)",
    after:
      "alter table a alter v add generated always as identity (start 5); alter table a alter w drop identity; alter sequence a_id_seq increment 3",
  },
  {
    name: "generated columns",
    before:
      "create table a (a integer, b integer generated always as (a * 2) stored, c integer generated always as (a * 3) stored)",
    after:
      "alter table a alter b drop expression; alter table a drop c; alter table a add d text generated always as (a::text) stored",
    since: 13,
  },
  {
    name: "a generated column's expression",
    before: "create table a (a integer, b integer generated always as (a * 2) stored)",
    after: "alter table a alter b set expression as (a * 5)",
    since: 17,
  },
  {
    name: "a table becomes unlogged",
    before: "create table a (a integer)",
    after: "alter table a set unlogged",
  },
  {
    name: "a new partition, a detached one and one that goes",
    before:
      "create table r (a integer not null, b integer check (b > 0)) partition by range (a); create table r1 partition of r for values from (1) to (2); create table r2 partition of r for values from (2) to (3); create table r3 partition of r for values from (3) to (4)",
    after:
      "alter table r detach partition r1; drop table r2; create table r4 partition of r for values from (4) to (5); create table r5 (b integer check (b > 0), a integer not null); alter table r5 add constraint r_b_check check (b > 0); alter table r attach partition r5 for values from (5) to (6)",
  },
  {
    name: "a partitioned table with keys and indexes grows",
    before:
      "create table r (a integer, b integer, primary key (a)) partition by range (a); create index on r (b); create table r1 partition of r for values from (1) to (2)",
    after:
      "create table r2 partition of r for values from (2) to (3); create index later on r (a, b); alter table r add c text default 'x'; alter table r add unique (a, b); alter table r add check (b < 7)",
    since: 11,
  },
  {
    name: "columns of a partitioned table change",
    before:
      "create table r (a integer, b integer, c text) partition by range (a); create table r1 partition of r for values from (1) to (2)",
    after:
      "alter table r rename b to bb; alter table r drop c; alter table r alter bb type bigint; alter table r alter bb set default 5",
  },
  {
    name: "an index of a partitioned table goes",
    before:
      "create table r (a integer, b integer) partition by range (a); create table r1 partition of r for values from (1) to (2); create index i on r (b); create unique index j on r (a)",
    after: "drop index i; drop index j; drop table r1",
    since: 11,
  },
  {
    name: "columns and checks of inherited tables change",
    before:
      "create table p (a integer, b text constraint one check (b <> '')); create table c (d integer) inherits (p)",
    after:
      "alter table p add e integer default 3; alter table p drop b; alter table p rename a to aa; alter table p add constraint two check (aa > 0); alter table c rename d to dd",
  },
  {
    name: "inheritance itself",
    before:
      "create table p (a integer); create table q (a integer); create table c (a integer) inherits (p)",
    after: "alter table c no inherit p; alter table c inherit q",
  },
  {
    name: "what used an unreplicated type and no longer does",
    before: "create view v as select 1 as a; create table a (id integer, v v)",
    after: "alter table a drop v; drop view v",
  },
];
