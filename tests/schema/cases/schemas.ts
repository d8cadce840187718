/** Schemas, and what moves between them. */
import type { Change } from "../change_cases.ts";

export const schemaChanges: Change[] = [
  {
    name: "everything moves to another schema",
    before:
      `create schema other; create table a (id serial primary key, v text); create function f(a) returns integer language sql as 'select 1';
      create view one as select id from a; create materialized view m as select id from a; create index m_id on m (id); create sequence s;
      create aggregate n (*) (sfunc = int8inc, stype = bigint, initcond = '0'); create collation c from "C";
      create text search configuration t (parser = default)`,
    after:
      `alter view one set schema other; alter materialized view m set schema other; alter function f(a) set schema other; alter sequence s set schema other;
      alter aggregate n (*) set schema other; alter collation c set schema other; alter text search configuration t set schema other;
      create table keeper (id integer primary key, v other.one, w integer default other.f(null), x text collate other.c)`,
    isAlone: true,
  },
  {
    name: "a schema renamed under everything",
    before:
      `create schema other; create type other.e as enum ('a'); create table other.t (id integer primary key); create view other.v as select id from other.t;
      create function other.f(other.e) returns integer language sql as 'select 1';
      create table a (id integer primary key, e other.e, v other.v, n integer default other.f('a'))`,
    after: "alter schema other rename to another",
    expression: ["public.*", "*other.*"],
  },
  {
    name: "schemas come, go and change their names",
    before:
      "create schema one; create schema two; create table two.t (id integer primary key); create schema three",
    after:
      "drop schema one; alter schema two rename to deux; create schema four; create view four.v as select id from deux.t",
    expression: ["public.*", "one.*", "two.*", "deux.*", "three.*", "four.*"],
  },
  {
    name: "schemas exchange their names",
    before: `create schema one; create schema two; create schema three; create schema four;
      create table one.t (id integer primary key); create table two.t (id integer primary key, v text);
      create table three.t (id integer primary key, w date); create view four.v as select w from three.t`,
    after:
      `alter schema one rename to x; alter schema two rename to one; alter schema x rename to two;
      alter schema four rename to five; alter schema three rename to four; alter table one.t rename to u`,
    expression: ["one.*", "two.*", "three.*", "four.*", "five.*"],
  },
  {
    name: "everything moves, and names stay",
    before:
      `create schema one; create schema two; create table one.t (id serial primary key, v text); create view one.v as select id from one.t;
      create function one.f(one.t) returns integer language sql as 'select $1.id'; create type one.e as enum ('a');
      create materialized view one.m as select v.id, one.f(t) as f from one.v join one.t using (id); create index m_id on one.m (id)`,
    after:
      `alter table one.t set schema two; alter view one.v set schema two; alter function one.f(two.t) set schema two;
      alter type one.e set schema two; alter materialized view one.m set schema two; drop schema one`,
    expression: ["one.*", "two.*"],
  },
];
