/** Comments, on whatever they are. */
import type { Change } from "../change_cases.ts";

export const commentChanges: Change[] = [
  {
    name: "comments come with what they are on",
    before: "",
    after: `
      create type e as enum ('a'); comment on type e is 'an enum';
      create type c as (x integer, "y z" text); comment on type c is 'a composite';
      comment on column c."y z" is 'an attribute';
      create domain d as integer constraint one check (value > 0); comment on domain d is 'a domain';
      comment on constraint one on domain d is 'a check of a domain';
      create sequence s; comment on sequence s is 'a sequence';
      create function f(a integer, out b text) language sql as 'select ''x''::text';
      comment on function f(integer) is 'a function';
      create table a (
        id integer constraint key primary key, "v w" text constraint two check ("v w" <> ''),
        u integer unique
      );
      comment on table a is 'it''s a "table" with a \\ and
        two lines';
      comment on column a.id is 'a column'; comment on column a."v w" is 'E''x''';
      comment on constraint key on a is 'a key'; comment on index key is 'the index of a key';
      comment on constraint two on a is 'a check';
      create index i on a ("v w"); comment on index i is 'an index'`,
  },
  {
    name: "comments are said otherwise, taken back and said",
    before: `create table a (id integer primary key, v text, w text);
      comment on table a is 'old'; comment on column a.id is 'old'; comment on index a_pkey is 'old'`,
    after: `comment on table a is 'new'; comment on column a.id is null;
      comment on column a.v is 'new'; comment on index a_pkey is null`,
  },
  {
    name: "comments follow renames",
    before: `create type c as (x integer); comment on column c.x is 'one';
      create domain d as integer constraint one check (value > 0);
      comment on constraint one on domain d is 'one';
      create table a (id integer primary key, v text constraint one check (v <> ''));
      comment on table a is 'one'; comment on column a.v is 'one';
      comment on constraint one on a is 'one'; comment on index a_pkey is 'one'`,
    after: `alter type c rename attribute x to y; comment on column c.y is 'two';
      alter domain d rename constraint one to deux; comment on constraint deux on domain d is 'two';
      alter table a rename v to w; alter table a rename to b; alter index a_pkey rename to key;
      alter table b rename constraint one to deux; comment on column b.w is 'two';
      comment on constraint deux on b is null; comment on index key is 'two'`,
  },
  {
    name: "comments go with what they are on",
    before: `create table a (id integer primary key, v text); create index i on a (v);
      create function f() returns integer language sql as 'select 1'; create table b (id integer);
      comment on index i is 'x'; comment on column a.v is 'x'; comment on constraint a_pkey on a is 'x';
      comment on function f() is 'x'; comment on table b is 'x'; comment on column b.id is 'x'`,
    after: `drop index i; alter table a drop v; alter table a drop constraint a_pkey;
      drop function f(); drop table b`,
  },
  {
    name: "a comment stays where its object has to be made again",
    before: `create function f(a integer) returns integer language sql as 'select 1';
      comment on function f(integer) is 'x'; create table a (v integer); create index i on a (v);
      comment on index i is 'x'`,
    after: `drop function f(integer);
      create function f(b integer) returns integer language sql as 'select 1';
      comment on function f(integer) is 'x'; drop index i; create index i on a (v, (v + 1));
      comment on index i is 'x'`,
  },
  {
    name: "comments of columns of partitions and children are their own",
    before: `create table p (a integer, b text); create table c (d integer) inherits (p);
      create table r (a integer, b text) partition by list (a);
      create table r1 partition of r for values in (1);
      comment on column p.a is 'parent'; comment on column r.a is 'root'`,
    after: `comment on column c.a is 'child'; comment on column r1.a is 'partition';
      comment on column p.a is null; create table r2 partition of r for values in (2);
      comment on table r2 is 'new'; comment on column r2.b is 'new'`,
  },
  {
    name: "comments of columns whose type changes",
    before: `create table a (id integer primary key, v integer); create index i on a (v);
      comment on column a.v is 'column'; comment on index i is 'index';
      comment on constraint a_pkey on a is 'key'`,
    after: "alter table a alter v type bigint, alter id type bigint",
  },
  {
    name: "comments on views, aggregates, collations, operators, casts and text search",
    before: `create table a (id integer primary key, v text); create view v as select id, v from a;
      comment on view v is 'a view'; comment on column v.id is 'its column'`,
    after: `create or replace view v as select id, v, 1 as n from a; comment on column v.n is 'new';
      create materialized view m as select id from a; comment on materialized view m is 'a view';
      create index i on m (id); comment on index i is 'its index';
      create aggregate g(integer) (sfunc = int4pl, stype = integer); comment on aggregate g(integer) is 'x';
      create collation k from "C"; comment on collation k is 'x';
      create function f(point, integer) returns boolean language sql as 'select true';
      create operator === (leftarg = point, rightarg = integer, procedure = f);
      comment on operator === (point, integer) is 'x';
      create text search configuration t (copy = simple); comment on text search configuration t is 'x'`,
  },
];
