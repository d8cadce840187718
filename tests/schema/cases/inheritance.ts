/** Inheritance of the older kind, and tables of a type. */
import type { Change } from "../change_cases.ts";

export const inheritanceChanges: Change[] = [
  {
    name: "a child of several parents",
    before:
      `create table p (a integer, b text default 'p' check (b <> '')); create table q (a integer, c date not null);
      create table c (d integer) inherits (p, q)`,
    after:
      `alter table p rename b to bb; alter table q add e integer default 4; alter table q alter c drop not null;
      create table f (a integer default 9, g text) inherits (q, p); alter table c no inherit q`,
  },
  {
    name: "children of children",
    before:
      `create table p (a integer, b text); create table c (d integer) inherits (p); create table g () inherits (c)`,
    after:
      `alter table p add e text default 'x'; alter table p alter a type bigint; alter table c drop d;
      alter table p add constraint one check (a > 0); alter table only p add constraint two check (a > 1) no inherit;
      create table h (own integer) inherits (g)`,
  },
  {
    name: "columns that are declared and inherited",
    before: `create table p (a integer, b text); create table c (a integer, b text) inherits (p);
      create table d (a integer) inherits (p)`,
    after: `alter table p drop b; alter table p rename a to aa; alter table only d add f integer`,
  },
  {
    name: "defaults and NOT NULL of children are their own",
    before:
      `create table p (a integer default 1, b text default 'p'); create table c () inherits (p)`,
    after: `alter table only p alter a set default 2; alter table c alter b set default 'c';
      alter table c alter a set not null; alter table only p alter b drop default`,
  },
  {
    name: "inheritance begins between tables that are there",
    before: `create table p (a integer, b text constraint one check (b <> ''));
      create table c (b text constraint one check (b <> ''), a integer, d date); create table q (d date)`,
    after: "alter table c inherit p; alter table c inherit q",
  },
  {
    name: "inheritance ends and what was inherited stays",
    before: `create table p (a integer, b text constraint one check (b <> ''));
      create table c (d date) inherits (p); create table g () inherits (c)`,
    after:
      "alter table c no inherit p; alter table p drop b; alter table c add constraint two check (a > 0)",
  },
  {
    name: "a parent goes and its child stays",
    before: "create table p (a integer); create table c (b integer) inherits (p)",
    after: "alter table c no inherit p; drop table p; alter table c rename a to aa",
  },
  {
    name: "children with keys, indexes and foreign keys of their own",
    before:
      `create table o (id integer primary key); create table p (a integer primary key, o integer references o);
      create table c (b integer) inherits (p)`,
    after: `alter table c add primary key (a); alter table c add foreign key (o) references o;
      create index i on c (b); create unique index u on p (o)`,
  },
  {
    name: "columns that are dropped of the parent only",
    before: `create table p (a integer, b text, c date, d date); create table c () inherits (p);
      create table g () inherits (c); create table k () inherits (p); create table kk () inherits (k)`,
    after: `alter table only p drop b; alter table k drop b; alter table p drop c;
      alter table only p drop d; alter table only c drop d; alter table k rename d to dd`,
  },
  {
    name: "columns and checks that are dropped of a parent and of a child that declared them too",
    before: `create table p (a integer, b text, constraint one check (a > 0));
      create table c (b text, constraint one check (a > 0)) inherits (p)`,
    after:
      "alter table p drop b; alter table c drop b; alter table p drop constraint one; alter table c drop constraint one",
  },
  {
    name: "checks that are dropped of the parent only",
    before: `create table p (a integer constraint one check (a > 0) constraint two check (a > 1));
      create table c () inherits (p); create table g () inherits (c); create table k () inherits (p)`,
    after:
      "alter table only p drop constraint one; alter table k drop constraint one; alter table p drop constraint two",
  },
  {
    name: "a check that a child has of its own too before the parent's goes",
    before: `create table p (a integer constraint one check (a > 0) constraint two check (a > 1));
      create table c () inherits (p)`,
    after: "alter table c add constraint one check (a > 0)",
  },
  {
    name: "a check that goes after its child has left",
    before:
      `create table p (a integer constraint one check (a > 0)); create table c () inherits (p)`,
    after: "alter table c no inherit p; alter table c drop constraint one",
  },
  {
    name: "a child leaves its parent and comes back, and one takes its place in between",
    before:
      `create table p (a integer constraint one check (a > 0), b text); create table q (a integer);
      create table c (d date) inherits (p); create table g () inherits (c); create table e () inherits (p, q)`,
    after: `alter table c no inherit p; alter table c rename b to bb; alter table c add b text;
      alter table c inherit p; alter table e no inherit p; alter table e inherit p`,
  },
  {
    name: "tables of a type",
    before:
      `create type t as (a integer, "b B" text); create table one of t; create table two of t (primary key (a));
      create table three (a integer, "b B" text)`,
    after:
      `alter table three of t; alter table one not of; create table four of t (a with options default 3 not null);
      alter table one add c integer`,
  },
  {
    name: "the type of typed tables changes",
    before: `create type t as (a integer, b text, c date); create table one of t;
      create table two of t (primary key (a)); create index i on one (b)`,
    after:
      `alter type t add attribute d bigint cascade; alter type t rename attribute b to bb cascade;
      alter type t drop attribute c cascade; alter type t alter attribute a type bigint cascade;
      alter type t rename to u`,
  },
];
