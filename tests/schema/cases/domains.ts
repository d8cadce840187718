/** Domains: checks, defaults, NOT NULL, over other types. */
import type { Change } from "../change_cases.ts";

export const domainChanges: Change[] = [
  {
    name: "a domain's check that is not valid yet, and one that is validated",
    before:
      "create domain d as integer; alter domain d add constraint one check (value > 0) not valid; create table a (id integer primary key, d d)",
    after:
      "alter domain d add constraint two check (value < 100) not valid; alter domain d validate constraint one",
  },
  {
    name: "a new domain with a check that is not valid",
    before: "",
    after:
      "create domain d as text; alter domain d add constraint one check (value <> '') not valid; create table a (id integer primary key, d d)",
  },
  {
    name: "a domain's default and NOT NULL, under columns",
    before:
      "create domain d as text default 'x' not null; create domain e as integer; create table a (id integer primary key, d d, e e)",
    after:
      "alter domain d set default 'y'; alter domain d drop not null; alter domain e set default 7; alter domain e set not null; alter domain d drop default",
  },
  {
    name: "domains over domains, arrays, ranges and composites",
    before: "create table a (id integer primary key)",
    after:
      `create domain d as varchar(9) collate "C" check (value <> ''); create domain dd as d not null default 'x' check (length(value) > 0);
      create domain many as integer[] check (array_length(value, 1) < 5); create domain span as int4range check (not isempty(value));
      create type c as (x integer, y dd); create domain cc as c check ((value).x > 0);
      alter table a add one dd, add two many, add three span, add four cc, add five cc[]`,
    since: 11,
  },
  {
    name: "a check of a domain that calls a function which changes",
    before: `create function ok(integer) returns boolean language sql immutable as 'select $1 > 0';
      create domain d as integer constraint fine check (ok(value)); create table a (id integer primary key, d d)`,
    after:
      "create or replace function ok(integer) returns boolean language sql immutable as 'select $1 > 1'; alter function ok(integer) rename to fine",
  },
  {
    name: "a check that changes under its name",
    before:
      "create domain d as integer constraint one check (value > 0); create table a (id integer primary key, d d)",
    after:
      "alter domain d drop constraint one; alter domain d add constraint one check (value > 1)",
  },
  {
    name: "a domain replaced by another of its name, under a column",
    before:
      "create domain d as integer check (value > 0); create table a (id integer primary key, d d)",
    after:
      "alter table a alter d type integer; drop domain d; create domain d as bigint check (value > 5); alter table a alter d type d",
  },
  {
    name: "two domains that swap names",
    before:
      "create domain d as integer; create domain e as text; create table a (id integer primary key, d d, e e)",
    after: "alter domain d rename to x; alter domain e rename to d; alter domain x rename to e",
  },
  {
    name: "a check's function is made anew with other names",
    before:
      `create function ok(a integer) returns boolean language sql immutable as 'select a > 0'; create domain d as integer constraint fine check (ok(value));
      create table a (id integer primary key, d d)`,
    after:
      `alter domain d drop constraint fine; drop function ok(integer); create function ok(b integer) returns boolean language sql immutable as 'select b > 1';
      alter domain d add constraint fine check (ok(value))`,
  },
];
