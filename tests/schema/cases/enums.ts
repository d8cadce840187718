/** Enums: labels come, change their names, go and change their order. */
import type { Change } from "../change_cases.ts";

export const enumChanges: Change[] = [
  {
    name: "labels at both ends of an enum that a table, an array and a domain use",
    before:
      "create type e as enum ('m'); create domain d as e; create table a (id integer primary key, e e default 'm', f e[], d d)",
    after: [
      "alter type e add value 'a' before 'm'",
      "alter type e add value 'z'",
      "alter type e add value 'n' after 'm'",
    ],
    rows: {
      insert: "insert into a values (1, 'm', '{m}', 'm')",
      select: "select e || f[1]::text || d as value from a",
      expect: "mmm",
    },
  },
  {
    name: "two labels that swap names",
    before: "create type e as enum ('a', 'b', 'c'); create table a (id integer primary key, e e)",
    after:
      "alter type e rename value 'a' to 'x'; alter type e rename value 'b' to 'a'; alter type e rename value 'x' to 'b'",
    rows: {
      insert: "insert into a values (1, 'a')",
      select: "select e::text as value from a",
      expect: "b",
    },
  },
  {
    name: "a label that is renamed under a default, a check and a view",
    before:
      `create type e as enum ('a', 'b'); create table a (id integer primary key, e e default 'a', check (e <> 'b'));
      create view one as select id from a where e = 'a'`,
    after: "alter type e rename value 'a' to 'it''s'",
  },
  {
    name: "a removed label: another type of the name",
    before:
      "create type e as enum ('a', 'b', 'c'); create table a (id integer primary key, e e default 'a')",
    after:
      `alter type e rename to e_old; create type e as enum ('a', 'c'); alter table a alter e drop default;
      alter table a alter e type e using e::text::e; alter table a alter e set default 'c'; drop type e_old`,
    rows: {
      insert: "insert into a values (1, 'c')",
      select: "select e::text as value from a",
      expect: "c",
    },
  },
  {
    name: "labels in another order, under an index, a check and a view",
    before:
      `create type e as enum ('a', 'b', 'c'); create table a (id integer primary key, e e default 'a', check (e < 'c'));
      create index on a (e); create view one as select e from a`,
    after:
      `drop view one; alter table a drop constraint a_e_check; drop index a_e_idx; alter table a alter e drop default;
      alter type e rename to e_old; create type e as enum ('c', 'b', 'a'); alter table a alter e type e using e::text::e;
      drop type e_old; alter table a alter e set default 'a'; create index on a (e); create view one as select e from a`,
    rows: {
      insert: "insert into a values (1, 'b')",
      select: "select e::text as value from a where e > 'c'",
      expect: "b",
    },
  },
  {
    name: "an enum replaced in two tables and an array",
    before:
      `create type e as enum ('a', 'b'); create table a (id integer primary key, e e); create table b (id integer primary key, es e[])`,
    after: `create type e2 as enum ('b', 'a', 'x'); alter table a alter e type e2 using e::text::e2;
      alter table b alter es type e2[] using es::text[]::e2[]; drop type e; alter type e2 rename to e`,
    rows: {
      insert: "insert into a values (1, 'b')",
      select: "select e::text as value from a",
      expect: "b",
    },
  },
  {
    name: "an enum dropped with its column, and another takes its name",
    before: "create type e as enum ('a'); create table a (id integer primary key, e e)",
    after:
      "alter table a drop e; drop type e; create type e as enum ('b', 'c'); alter table a add f e default 'c'",
  },
  {
    name: "an enum without labels gets its first",
    before: "create type e as enum (); create table a (id integer primary key, e e)",
    after: "alter type e add value 'first'",
  },
  {
    name: "an enum under a domain under a column, replaced with it",
    before:
      `create type e as enum ('a', 'b'); create domain d as e check (value <> 'b'); create table a (id integer primary key, d d, e e[])`,
    after:
      `alter table a alter d type text, alter e type text[]; drop domain d; drop type e; create type e as enum ('b', 'a');
      create domain d as e not null default 'a'; alter table a alter d type d using d::e, alter e type e[] using e::e[]`,
    rows: {
      insert: "insert into a values (1, 'a', '{a,b}')",
      select: "select d::text || e[2] as value from a",
      expect: "ab",
    },
  },
];
