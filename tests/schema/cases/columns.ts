/** Columns: types, defaults, identity, generation. */
import type { Change } from "../change_cases.ts";

export const columnChanges: Change[] = [
  {
    name: "types with modifiers, arrays and collations",
    before:
      `create table a (id integer primary key, a varchar(5), b numeric(4, 1), c integer[], d text,
        e timestamp(3), f bit(4), g char(3), h interval day to second)`,
    after:
      `alter table a alter a type varchar(9), alter b type numeric(7, 3), alter c type bigint[],
        alter d type text collate "C", alter e type timestamp(0), alter f type varbit(9),
        alter g type char(9), alter h type interval(2);
      alter table a add i varchar(3)[] default '{a,b}', add "J j" text collate "POSIX"`,
  },
  {
    name: "a type changes under keys, checks, foreign keys, indexes and statistics",
    before: `create table a (id integer primary key check (id > 0), v integer unique);
      create table b (id integer primary key references a, v integer references a (v));
      create index i on a ((v + 1)) where v > 3; create statistics s on id, v from a`,
    after:
      "alter table a alter id type bigint, alter v type bigint; alter table b alter v type bigint",
  },
  {
    name: "a type changes under a default, in a tree where each has its own",
    before:
      `create table p (a integer default 1, b text default '1'); create table c (a integer default 2) inherits (p);
      create table r (a integer not null, b text default '7') partition by range (a);
      create table r1 partition of r (b default '8') for values from (1) to (2)`,
    after: `alter table p alter a type numeric; alter table p alter b drop default;
      alter table c alter b drop default; alter table p alter b type integer using b::integer;
      alter table c alter b set default 5;
      alter table r alter b drop default; alter table r1 alter b drop default;
      alter table r alter b type integer using b::integer; alter table r1 alter b set default 9`,
  },
  {
    name: "a type and a name at once, and a default that uses a function",
    before: `create function f() returns integer language sql as 'select 1';
      create table a (id integer primary key, v integer default f(), w text)`,
    after: `create function g() returns bigint language sql as 'select 2::bigint';
      alter table a alter v drop default; alter table a alter v type bigint; alter table a rename v to vv;
      alter table a alter vv set default g(); drop function f(); alter table a rename to b`,
  },
  {
    name: "a column becomes an enum, a domain, a composite and an array",
    before:
      `create table a (id integer primary key, v text default 'x', w integer, x text, y integer)`,
    after: `create type e as enum ('x', 'y'); create domain d as integer check (value > 0);
      create type c as (l integer, r text);
      alter table a alter v drop default; alter table a alter v type e using v::e;
      alter table a alter v set default 'y'; alter table a alter w type d;
      alter table a alter x type c using x::c; alter table a alter y type integer[] using array[y]`,
  },
  {
    name: "a domain is replaced by its base type",
    before: `create domain d as integer check (value > 0); create domain e as text;
      create table a (id d primary key, v e default 'x', w d)`,
    after: `alter table a alter id type integer, alter v type text; drop domain e`,
  },
  {
    name: "an enum is replaced by one with other labels",
    before:
      `create type e as enum ('a', 'b', 'c'); create table a (id integer primary key, e e default 'a')`,
    after: `alter type e rename to e_old; create type e as enum ('a', 'c', 'd');
      alter table a alter e drop default; alter table a alter e type e using e::text::e;
      alter table a alter e set default 'd'; drop type e_old`,
  },
  {
    name: "defaults of every kind",
    before: "create table a (id integer primary key, a text default 'x', b integer default 1)",
    after:
      `create sequence s; alter table a alter a set default upper('y') || 'z', alter b set default nextval('s');
      alter table a add c timestamp default now(), add d jsonb default '{"a": [1]}',
        add e text default E'a\\\\b''c', add f integer default (1 + 2) * 3,
        add g text[] default array['x', 'y'], add h text default 'a'::regclass::text`,
  },
  {
    name: "a serial becomes a bigserial, and a plain column a serial",
    before: "create table a (id serial primary key, v integer not null)",
    after: `alter table a alter id type bigint; create sequence a_v_seq owned by a.v;
      alter table a alter v set default nextval('a_v_seq')`,
  },
  {
    name: "a serial becomes an identity",
    before: "create table a (id serial primary key, v text)",
    after: `alter table a alter id drop default; drop sequence a_id_seq;
      alter table a alter id add generated always as identity (start 100)`,
  },
  {
    name: "an identity's options and its strictness",
    before: `create table a (id integer generated always as identity primary key,
        v integer generated by default as identity)`,
    after:
      `alter table a alter id set generated by default set increment 5 set start 7 set minvalue -2
        set maxvalue 5000 set cache 8 set cycle;
      alter table a alter v set generated always`,
  },
  {
    name: "an identity's sequence, type and name change, and it goes",
    before: `create table a (id integer generated always as identity primary key,
        v integer generated always as identity, w smallint generated by default as identity)`,
    after: `alter sequence a_id_seq rename to ids; alter table a alter id type bigint;
      alter table a alter v drop identity; alter table a rename w to ww;
      alter table a add x bigint generated by default as identity (sequence name xs increment -1)`,
  },
  {
    name: "identity columns of a partitioned table",
    before:
      `create table r (id integer generated always as identity, a integer not null) partition by range (a);
      create table r1 partition of r for values from (1) to (2)`,
    after: `create table r2 partition of r for values from (2) to (3);
      alter table r alter id set increment 3; alter table r alter id type bigint`,
    since: 17,
  },
  {
    name: "generated columns that use functions, types and each other's inputs",
    before: `create function f(integer) returns integer language sql immutable as 'select $1 * 2';
      create table a (id integer primary key, b integer generated always as (f(id)) stored)`,
    after: `create type e as enum ('x', 'y');
      alter table a add c e generated always as (case when id > 0 then 'x'::e else 'y'::e end) stored;
      alter table a rename id to key; alter table a add d text collate "C" generated always as (key::text) stored not null;
      create index i on a (b); alter table a add check (b <> 5)`,
    since: 12,
  },
  {
    name: "a generated column is replaced by one that says something else",
    before:
      `create table a (id integer primary key, v integer, b integer generated always as (id * 2) stored)`,
    after: `alter table a drop b; alter table a add b bigint generated always as (v * 3) stored;
      alter table a add c integer generated always as (id + 1) stored`,
    since: 12,
  },
  {
    name: "the input of a generated column changes its type",
    before:
      `create table a (id integer primary key, v integer, b integer generated always as (v * 2) stored);
      create index i on a (b)`,
    after: `alter table a drop b; alter table a alter v type bigint;
      alter table a add b bigint generated always as (v * 2) stored; create index i on a (b)`,
    since: 12,
  },
  {
    name: "virtual columns",
    before: `create table a (id integer primary key, v integer generated always as (id * 2) virtual,
        w integer generated always as (id * 3))`,
    after: `alter table a alter v set expression as (id * 5); alter table a drop w;
      alter table a add x text generated always as (id::text) virtual not null; alter table a add check (v > 0)`,
    since: 18,
  },
  {
    name: "a stored column's expression, indexed and in a tree",
    before:
      `create table r (a integer, b integer generated always as (a * 2) stored) partition by range (a);
      create table r1 partition of r for values from (1) to (9); create index i on r (b)`,
    after:
      `alter table r alter b set expression as (a * 7); create table r2 partition of r for values from (9) to (12)`,
    since: 17,
  },
  {
    name: "a generated column loses its expression, in a tree",
    before:
      `create table p (a integer, b integer generated always as (a * 2) stored); create table c () inherits (p);
      create table r (a integer, b integer generated always as (a * 2) stored) partition by range (a);
      create table r1 partition of r for values from (1) to (9)`,
    after: "alter table p alter b drop expression; alter table r alter b drop expression",
    since: 13,
  },
  {
    name: "odd names",
    before:
      `create table "A b" ("select" integer primary key, "é""x" text default 'x', "ß" integer)`,
    after:
      `alter table "A b" rename "é""x" to "from"; alter table "A b" alter "from" type varchar(7);
      alter table "A b" add "x y" integer not null default 3, alter "ß" set not null;
      alter table "A b" rename to "c.D"`,
  },
  {
    name: "many columns come, go and change in one statement",
    before: "create table a (a integer, b integer, c text, d text, e integer not null default 4)",
    after: `alter table a drop a, drop c, add f bigint default 5 not null, add g text unique,
      alter b type bigint, alter d set default 'x', alter e drop not null, alter e drop default`,
  },
];
