/** Indexes. */
import type { Change } from "../change_cases.ts";

export const indexChanges: Change[] = [
  {
    name: "indexes of every access method",
    before:
      "create table a (id integer primary key, t text, p point, v tsvector, n int4range, x integer[], b box)",
    after: `create index a1 on a using btree (t); create index a2 on a using hash (t);
      create index a3 on a using gist (p); create index a4 on a using gin (v);
      create index a5 on a using spgist (p); create index a6 on a using brin (id);
      create index a7 on a using gist (n, b); create index a8 on a using gin (x);
      create index a9 on a using spgist (n)`,
  },
  {
    name: "operator classes, orders, nulls and collations",
    before: "create table a (id integer primary key, t text, v varchar(20), c char(9), j jsonb)",
    after: `create index a1 on a (t text_pattern_ops, v varchar_pattern_ops desc);
      create index a2 on a (t collate "C" desc nulls last, id asc nulls first);
      create index a3 on a using gin (j jsonb_path_ops);
      create unique index a4 on a (c bpchar_pattern_ops, (lower(t) collate "POSIX") text_pattern_ops)`,
  },
  {
    name: "operator classes with options",
    before: "create table a (id integer primary key, v tsvector, x integer[])",
    after: `create index a1 on a using gist (v tsvector_ops (siglen = 100));
      create index a2 on a using brin (id int4_bloom_ops (n_distinct_per_range = 50, false_positive_rate = 0.05))`,
    since: 14,
  },
  {
    name: "partial and expression indexes with functions of their own",
    before: `create type e as enum ('x', 'y'); create table a (id integer primary key, t text, e e);
      create index one on a (t) where e = 'x'`,
    after: `create function f(text) returns text language sql immutable as 'select lower($1)';
      create unique index two on a (f(t), ((id + 1) * 2)) where f(t) <> 'x' and e in ('x', 'y');
      drop index one; create index one on a ((case when id > 0 then t end)) where (id % 2) = 0 or t is null`,
  },
  {
    name: "indexes with INCLUDE",
    before:
      "create table a (id integer primary key, t text, u text); create index one on a (t) include (u)",
    after: `drop index one; create unique index one on a (t) include (id, u) where id > 3;
      alter table a rename u to uu`,
    since: 11,
  },
  {
    name: "unique indexes without distinct nulls",
    before: "create table a (id integer, t text); create unique index one on a (t)",
    after: `drop index one; create unique index one on a (t) nulls not distinct;
      create unique index two on a (id, t) nulls not distinct where id > 0`,
    since: 15,
  },
  {
    name: "indexes follow renamed tables and columns",
    before:
      `create table "A b" (id integer primary key, "T t" text); create index one on "A b" ("T t", upper("T t"));
      create index "Two ""2" on "A b" ("T t") where "T t" <> ''`,
    after:
      `alter table "A b" rename to c; alter table c rename "T t" to t; alter index "Two ""2" rename to "drei.3"`,
  },
  {
    name: "indexes, keys and checks that say the same, and one that takes another's name",
    before:
      `create table a (id integer primary key, v integer constraint one unique constraint two check (v > 0));
      create index i on a (v); create index j on a (id, v)`,
    after:
      `alter table a add constraint three unique (v), add constraint four check (v > 0); create index k on a (v);
      alter index i rename to l; create index i on a (v); drop index j; create index j on a (v, id); create index m on a (id, v)`,
  },
  {
    name: "indexes that swap names",
    before:
      "create table a (id integer primary key, t text); create index one on a (t); create index two on a (t, id)",
    after:
      "alter index one rename to x; alter index two rename to one; alter index x rename to two",
  },
  {
    name: "an index that is not valid is none",
    before: "create table a (id integer, t text); create index one on a (t)",
    after: "create index two on a (id, t); drop index one",
  },
  {
    name: "an index of a partitioned table is put together",
    before: `create table r (a integer, b integer) partition by range (a);
      create table r1 partition of r for values from (1) to (2); create table r2 partition of r for values from (2) to (3);
      create index own on r1 (b)`,
    after:
      `create index i on only r (b); create index i2 on r2 (b); alter index i attach partition own;
      alter index i attach partition i2; create table r3 partition of r for values from (3) to (4);
      comment on index i is 'whole'; comment on index i2 is 'part'`,
    since: 11,
  },
  {
    name: "a key of a partitioned table is put together",
    before: `create table r (a integer not null, b integer) partition by range (a);
      create table r1 partition of r for values from (1) to (2); alter table r1 add constraint own primary key (a)`,
    after: `alter table only r add primary key (a); alter index r_pkey attach partition own;
      create table r2 partition of r for values from (2) to (3)`,
    since: 11,
  },
  {
    name: "indexes of partitions alone",
    before: `create table r (a integer, b integer) partition by range (a);
      create table r1 partition of r for values from (1) to (2); create index one on r1 (b)`,
    after: `create unique index two on r1 (a) where b > 0; alter index one rename to uno;
      create table r2 partition of r for values from (2) to (3); create index three on r2 ((a + b))`,
  },
];
