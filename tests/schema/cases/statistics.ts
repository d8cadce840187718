/** Statistics objects. */
import type { Change } from "../change_cases.ts";

export const statisticsChanges: Change[] = [
  {
    name: "statistics objects come, are renamed and go",
    before: `create table a (id integer, v integer, "W w" text);
      create statistics one on id, v from a; create statistics two (ndistinct) on v, "W w" from a`,
    after: `alter statistics one rename to "Uno U"; drop statistics two;
      create statistics three (dependencies) on id, "W w" from a;
      create table b (x integer, y integer); create statistics four on x, y from b;
      comment on statistics four is 'a statistics object'; alter table a rename v to vv`,
  },
  {
    name: "statistics of most common values, with a target",
    before:
      `create table a (id integer, v integer, w text); create statistics one (mcv) on id, v from a;
      create statistics two on v, w from a; alter statistics two set statistics 50`,
    after: `alter statistics one set statistics 77; alter statistics two set statistics -1;
      create statistics three (mcv, ndistinct) on id, w from a; alter statistics three set statistics 0`,
    since: 13,
  },
  {
    name: "statistics of expressions",
    before:
      `create table a (id integer, v integer, w text); create statistics one on (id + v) from a;
      create function f(integer) returns integer language sql immutable as 'select $1 * 2'`,
    after: `create statistics two on (id * 2), lower(w) from a; drop statistics one;
      create statistics three (dependencies, mcv) on id, (f(v)) from a; create statistics one on (f(id)) from a`,
    since: 14,
  },
  {
    name: "statistics of columns whose type changes, and that go",
    before: `create table a (id integer, v integer, w text, x integer);
      create statistics one on id, v from a; create statistics two on w, x from a;
      comment on statistics one is 'kept'`,
    after: "alter table a alter v type bigint; alter table a drop x; alter table a rename to b",
  },
  {
    name: "statistics of partitioned tables and their partitions",
    before: `create table r (a integer, b integer) partition by range (a);
      create table r1 partition of r for values from (1) to (2); create statistics one on a, b from r1`,
    after:
      `create statistics two on a, b from r; create table r2 partition of r for values from (2) to (3);
      create statistics three on a, b from r2; drop table r1`,
  },
];
