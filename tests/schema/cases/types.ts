/** Composite types, ranges and changes of a type that tables use. */
import type { Change } from "../change_cases.ts";

export const typeChanges: Change[] = [
  {
    name: "attributes of a composite type that a table uses",
    before:
      `create type c as (x integer, y text, z text collate "C"); create table a (id integer primary key, c c, d c[])`,
    after:
      'alter type c add attribute v numeric(5, 2); alter type c drop attribute y; alter type c rename attribute x to "w w"',
  },
  {
    name: "a composite type's attribute changes its type, and two swap names",
    before: "create type c as (x integer, y text, z varchar(3))",
    after:
      `alter type c alter attribute x type bigint, alter attribute z type varchar(9) collate "C";
      alter type c rename attribute x to t; alter type c rename attribute y to x; alter type c rename attribute t to y`,
  },
  {
    name: "a typed hierarchy of composite types, arrays and domains",
    before: "create table a (id integer primary key)",
    after: `create domain d as integer check (value > 0); create type inner_of as (x d, y d[]);
      create type outer_of as (one inner_of, many inner_of[]); create domain od as outer_of check ((value).one is not null);
      alter table a add o od; alter table a add p outer_of[]`,
    since: 11,
  },
  {
    name: "a composite type replaced by another of its name, under a column",
    before: "create type c as (x integer); create table a (id integer primary key, c c)",
    after:
      `alter table a alter c type text using null; drop type c; create type c as (x integer, y text);
      alter table a alter c type c using null`,
  },
  {
    name: "a composite type is dropped with the function that takes it",
    before:
      "create type c as (x integer); create function f(c) returns integer language sql as 'select ($1).x'",
    after: "drop type c cascade; create type c as (y text)",
  },
  {
    name: "a view reads a composite type's attribute that is renamed",
    before: `create type c as (x integer, y text); create table a (id integer primary key, c c);
      create view one as select (c).x, (c).y from a`,
    after: "alter type c rename attribute x to xx",
  },
  {
    name: "ranges with every option",
    before: "",
    after:
      `create function diff_of(text, text) returns double precision language sql immutable strict as 'select 1::float8';
      create type texts as range (subtype = text, collation = "C", subtype_diff = diff_of);
      create type patterns as range (subtype = text, subtype_opclass = text_pattern_ops);
      create type times as range (subtype = time); create table a (id integer primary key, t texts default '[a,b)', p patterns, u times[])`,
  },
  {
    name: "a multirange's own name",
    before: "create type times as range (subtype = time, multirange_type_name = many_times)",
    after:
      `create type floats as range (subtype = float8, subtype_diff = float8mi, multirange_type_name = "Many floats");
      create table a (id integer primary key, f "Many floats", t many_times)`,
    since: 14,
  },
  {
    name: "a range renamed and dropped",
    before:
      "create type one as range (subtype = time); create type two as range (subtype = time); create table a (id integer, r one)",
    after: "alter type one rename to uno; drop type two",
  },
  {
    name: "the type of a column that a default, an index, a check and a view use",
    before:
      `create type old as enum ('a', 'b'); create table a (id integer primary key, e old default 'a', constraint c check (e <> 'b'));
      create index on a (e); create view one as select e from a`,
    after: `drop view one; alter table a drop constraint c; alter table a alter e drop default;
      alter table a alter e type text using e::text; alter table a alter e set default 'a'; alter table a add constraint c check (e <> 'b');
      create view one as select e from a; drop type old`,
  },
  {
    name: "types move to another schema",
    before:
      `create type e as enum ('a'); create type c as (x e); create domain d as e; create type r as range (subtype = time);
      create table a (id integer primary key, e e, c c, d d, r r)`,
    after:
      "create schema kinds; alter type e set schema kinds; alter type c set schema kinds; alter domain d set schema kinds; alter type r set schema kinds",
  },
  {
    name: "an attribute's type replaced, in a composite type that no table uses",
    before:
      "create type e as enum ('a'); create type c as (x e, y e[]); create function f(c) returns integer language sql as 'select 1'",
    after:
      `alter type c alter attribute x type text, alter attribute y type text[]; drop type e; create type e as enum ('b');
      alter type c alter attribute x type e, alter attribute y type e[]`,
  },
];
