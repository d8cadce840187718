/** Partitioned tables. */
import type { Change } from "../change_cases.ts";

export const partitionChanges: Change[] = [
  {
    name: "partitions by range of several columns",
    before: `create table r (a integer, b text, c date) partition by range (a, b);
      create table r1 partition of r for values from (1, 'a') to (5, 'm')`,
    after: `create table r2 partition of r for values from (5, 'm') to (9, maxvalue);
      create table r0 partition of r for values from (minvalue, minvalue) to (1, 'a'); drop table r1`,
  },
  {
    name: "partitions by list, with null and with types of their own",
    before:
      `create type e as enum ('x', 'y', 'z'); create table r (a e, b integer) partition by list (a);
      create table r1 partition of r for values in ('x')`,
    after:
      `create table r2 partition of r for values in ('y', 'z'); create table "R 3" partition of r for values in (null)`,
  },
  {
    name: "partitions by hash",
    before: `create table r (a integer, b text) partition by hash (a, b);
      create table r0 partition of r for values with (modulus 3, remainder 0)`,
    after: `create table r1 partition of r for values with (modulus 3, remainder 1);
      create table r2 (b text, a integer); alter table r attach partition r2 for values with (modulus 3, remainder 2)`,
    since: 11,
  },
  {
    name: "partitions by an expression, a function, an operator class and a collation",
    before: `create function f(integer) returns integer language sql immutable as 'select $1 % 10';
      create table r (a integer, b text) partition by range (f(a), lower(b));
      create table s (a text) partition by range (a collate "C" text_pattern_ops)`,
    after: `create table r1 partition of r for values from (1, 'a') to (2, 'b');
      create table s1 partition of s for values from ('a') to ('m');
      create table t (a text) partition by list ((substr(a, 1, 1)));
      create table t1 partition of t for values in ('x')`,
  },
  {
    name: "a default partition comes, is renamed and goes",
    before:
      `create table r (a integer) partition by list (a); create table rd partition of r default;
      create table s (a integer) partition by list (a)`,
    after: `alter table rd rename to rest; create table sd partition of s default;
      create table r1 partition of r for values in (1)`,
    since: 11,
  },
  {
    name: "a default partition is detached and another takes its place",
    before:
      `create table r (a integer) partition by range (a); create table rd partition of r default;
      create table r1 partition of r for values from (1) to (2)`,
    after: `alter table r detach partition rd; create table rn partition of r default;
      alter table r attach partition rd for values from (5) to (6)`,
    since: 11,
  },
  {
    name: "a partition moves from one bound to another",
    before: `create table r (a integer, b text) partition by range (a);
      create table r1 partition of r for values from (1) to (5); create table r2 partition of r for values from (5) to (9)`,
    after: `alter table r detach partition r1; alter table r detach partition r2;
      alter table r attach partition r1 for values from (1) to (7); alter table r attach partition r2 for values from (7) to (9)`,
  },
  {
    name: "a partition moves from one tree to another",
    before:
      `create table r (a integer, b text) partition by range (a); create table s (a integer, b text) partition by range (a);
      create table r1 partition of r for values from (1) to (5)`,
    after:
      "alter table r detach partition r1; alter table s attach partition r1 for values from (1) to (5)",
  },
  {
    name: "partitions of partitions",
    before: `create table r (a integer, b integer, c text) partition by range (a);
      create table r1 partition of r for values from (1) to (5) partition by list (b);
      create table r11 partition of r1 for values in (1)`,
    after: `create table r12 partition of r1 for values in (2) partition by range (c);
      create table r121 partition of r12 for values from ('a') to ('m');
      create table r2 partition of r for values from (5) to (9) partition by list (b);
      create table r21 partition of r2 for values in (1, 2); alter table r add d text default 'x';
      alter table r rename c to cc`,
  },
  {
    name: "a tree of partitions is detached as a whole, another attached",
    before: `create table r (a integer, b integer) partition by range (a);
      create table r1 partition of r for values from (1) to (5) partition by list (b);
      create table r11 partition of r1 for values in (1)`,
    after:
      `alter table r detach partition r1; create table n (a integer, b integer) partition by list (b);
      create table n1 partition of n for values in (1, 2); alter table r attach partition n for values from (5) to (9)`,
  },
  {
    name: "partitions with columns in other orders, defaults and checks of their own",
    before:
      `create table r (a integer not null, b text default 'r', c integer check (c > 0)) partition by range (a);
      create table r1 (c integer constraint r_c_check check (c > 0), x text, a integer not null, b text default 'own');
      alter table r1 drop x; alter table r attach partition r1 for values from (1) to (5)`,
    after: `alter table r1 add constraint own check (b <> ''); alter table r1 alter b drop default;
      alter table r alter c set default 7; alter table r add constraint all_of check (a <> 100);
      create table r2 partition of r (c default 9, constraint two check (b <> 'y')) for values from (5) to (9)`,
  },
  {
    name: "a tree with keys, foreign keys and statistics grows and shrinks",
    before:
      `create table o (id integer primary key); create table r (a integer primary key, o integer references o)
        partition by range (a);
      create table r1 partition of r for values from (1) to (5)`,
    after: `create table r2 (a integer primary key, o integer references o);
      alter table r attach partition r2 for values from (5) to (9); alter table r detach partition r1;
      create unique index u on r (a, o)`,
    since: 11,
  },
  {
    name: "a partitioned table goes with all its partitions",
    before:
      `create table r (a integer) partition by range (a); create table r1 partition of r for values from (1) to (5)
        partition by range (a); create table r11 partition of r1 for values from (1) to (2);
      create table keep (id integer primary key)`,
    after: "drop table r",
  },
  {
    name: "an ordinary table is replaced by a partitioned one",
    before: "create table r (id integer primary key, a integer); create index i on r (a)",
    after:
      `alter table r rename to r_old; alter index i rename to i_old; alter index r_pkey rename to r_old_pkey;
      create table r (id integer not null, a integer not null) partition by range (a);
      create table r1 partition of r for values from (1) to (5); create index i on r1 (a)`,
  },
  {
    name: "an index of the root alone is there once its parts are attached",
    before: `create table r (a integer, b integer) partition by range (a);
      create table r1 partition of r for values from (0) to (10); create table r2 partition of r for values from (10) to (20);
      create index one on only r (b); create unique index two on only r (a)`,
    after:
      `create index r1_one on r1 (b); create index r2_one on r2 (b); create unique index r1_a on r1 (a); create unique index r2_a on r2 (a);
      alter index one attach partition r1_one; alter index one attach partition r2_one;
      alter index two attach partition r1_a; alter index two attach partition r2_a`,
    since: 11,
    // It is not valid before, and so not replicated: the live runs compare that too.
    isAlone: true,
  },
  {
    name: "a partition takes over what rows of the default one, and of its sibling, have left",
    before:
      `create table r (a integer not null, b text not null default 'x', primary key (a, b)) partition by range (a);
      create table r1 partition of r for values from (1) to (10); create table r_rest partition of r default`,
    after:
      `begin; delete from r where a between 15 and 19 or a > 4; alter table r detach partition r1;
      alter table r attach partition r1 for values from (1) to (5); create table r2 partition of r for values from (15) to (20); commit`,
    since: 11,
    rows: {
      insert: "insert into r (a) values (1), (2), (7), (12), (16), (17)",
      select: "select string_agg(a::text, ' ' order by a) as value from r",
      expect: "1 2 12",
    },
  },
];
