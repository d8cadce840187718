/** Aggregates of every kind. */
import type { Change } from "../change_cases.ts";

const functions =
  `create function add_of(bigint, integer) returns bigint language sql immutable as 'select $1 + $2';
  create function take_of(bigint, integer) returns bigint language sql immutable as 'select $1 - $2';
  create function merge_of(bigint, bigint) returns bigint language sql immutable as 'select $1 + $2';
  create function end_of(bigint) returns text language sql immutable as 'select $1::text';
  create function list_of(text[], text) returns text[] language sql immutable as 'select $1 || $2';`;

export const aggregateChanges: Change[] = [
  {
    name: "aggregates, plain and moving",
    before: `${functions} create table a (id integer primary key, v text)`,
    after:
      `create aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '0', finalfunc = end_of);
      create aggregate moved (integer) (sfunc = add_of, stype = bigint, initcond = '0', finalfunc = end_of, msfunc = add_of, minvfunc = take_of, mstype = bigint, minitcond = '5', mfinalfunc = end_of);
      create aggregate counted (*) (sfunc = int8inc, stype = bigint, initcond = '0', combinefunc = int8pl, parallel = safe);
      create aggregate listed (text) (sfunc = list_of, stype = text[], sspace = 100);
      create aggregate many (variadic text[]) (sfunc = array_cat, stype = text[]);
      create aggregate lowest (integer) (sfunc = int4smaller, stype = integer, sortop = <);
      create view one as select total(id) as t, listed(v) as l, counted(*) as n from a`,
  },
  {
    name: "ordered-set and hypothetical-set aggregates",
    before: functions,
    after:
      `create aggregate middle (double precision order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
      create aggregate ranked (variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical)`,
    isSuperuser: true,
  },
  {
    name: "an aggregate's final function may change its state",
    before: functions,
    after:
      `create aggregate shared (integer) (sfunc = add_of, stype = bigint, finalfunc = end_of, finalfunc_modify = shareable);
      create aggregate written (integer) (sfunc = add_of, stype = bigint, finalfunc = end_of, finalfunc_modify = read_write, msfunc = add_of, minvfunc = take_of, mstype = bigint, mfinalfunc = end_of, mfinalfunc_modify = shareable)`,
    since: 11,
  },
  {
    name: "an aggregate changes under a view",
    before: `${functions} create table a (id integer primary key);
      create aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '0'); create view one as select total(id) as t from a`,
    after:
      `drop view one; drop aggregate total (integer); create aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '7');
      create view one as select total(id) as t from a`,
  },
  {
    name: "an aggregate is replaced in place",
    before: `${functions} create table a (id integer primary key);
      create aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '0'); create view one as select total(id) as t from a`,
    after:
      "create or replace aggregate total (integer) (sfunc = add_of, stype = bigint, initcond = '9')",
    since: 12,
  },
  {
    name: "an aggregate renamed, one dropped, and a state function renamed",
    before: `${functions} create aggregate total (integer) (sfunc = add_of, stype = bigint);
      create aggregate listed (text) (sfunc = list_of, stype = text[]); create aggregate n (*) (sfunc = int8inc, stype = bigint, initcond = '0')`,
    after:
      "alter aggregate total (integer) rename to sum_of; drop aggregate listed (text); alter function list_of(text[], text) rename to lists; alter aggregate n (*) rename to m",
  },
];
