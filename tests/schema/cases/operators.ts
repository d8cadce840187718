/** Casts, operators, operator classes and families. */
import type { Change } from "../change_cases.ts";

const colour = `create type colour as enum ('red', 'blue');
  create function eq(colour, integer) returns boolean language sql immutable as 'select ($1 = ''red'') = ($2 = 1)';
  create function qe(integer, colour) returns boolean language sql immutable as 'select ($2 = ''red'') = ($1 = 1)';
  create function ne(colour, integer) returns boolean language sql immutable as 'select not eq($1, $2)';`;

const point = `create type pt as (x integer);
  create function pt_lt(pt, pt) returns boolean language sql immutable as 'select ($1).x < ($2).x';
  create function pt_le(pt, pt) returns boolean language sql immutable as 'select ($1).x <= ($2).x';
  create function pt_eq(pt, pt) returns boolean language sql immutable as 'select ($1).x = ($2).x';
  create function pt_ge(pt, pt) returns boolean language sql immutable as 'select ($1).x >= ($2).x';
  create function pt_gt(pt, pt) returns boolean language sql immutable as 'select ($1).x > ($2).x';
  create function pt_cmp(pt, pt) returns integer language sql immutable as 'select ($1).x - ($2).x';
  create operator <# (procedure = pt_lt, leftarg = pt, rightarg = pt); create operator <=# (procedure = pt_le, leftarg = pt, rightarg = pt);
  create operator =# (procedure = pt_eq, leftarg = pt, rightarg = pt); create operator >=# (procedure = pt_ge, leftarg = pt, rightarg = pt);
  create operator ># (procedure = pt_gt, leftarg = pt, rightarg = pt);`;

const members =
  `operator 1 <#, operator 2 <=#, operator 3 =#, operator 4 >=#, operator 5 >#, function 1 pt_cmp(pt, pt)`;

export const operatorChanges: Change[] = [
  {
    name: "operators with commutators and negators, under an index, a check and a view",
    before: `${colour} create table a (id integer primary key, c colour)`,
    after:
      `create operator === (procedure = eq, leftarg = colour, rightarg = integer, commutator = ===, negator = <<>>, restrict = eqsel, join = eqjoinsel);
      create operator === (procedure = qe, leftarg = integer, rightarg = colour, commutator = ===);
      create operator <<>> (procedure = ne, leftarg = colour, rightarg = integer, negator = ===);
      create function neg(colour) returns integer language sql immutable as 'select 1'; create operator !~@ (procedure = neg, rightarg = colour);
      alter table a add constraint k check (c === 1); create index on a ((c === 2)); create view one as select !~@ c as x, c <<>> id as y from a`,
  },
  {
    name: "an operator that changes under a view, and one that goes",
    before: `${colour} create table a (id integer primary key, c colour);
      create operator === (procedure = eq, leftarg = colour, rightarg = integer); create operator <<>> (procedure = ne, leftarg = colour, rightarg = integer);
      create view one as select c === id as x from a`,
    after:
      `drop view one; drop operator === (colour, integer); drop operator <<>> (colour, integer);
      create operator === (procedure = ne, leftarg = colour, rightarg = integer, restrict = eqsel); create view one as select c === id as x from a`,
  },
  {
    name: "casts by function, by text and without anything",
    before:
      `${colour} create function as_number(colour) returns integer language sql immutable as 'select 1'; create table a (id integer primary key, c colour)`,
    after:
      `create cast (colour as integer) with function as_number(colour) as assignment; create type hue as enum ('x');
      create cast (colour as hue) with inout as implicit; create view one as select c::integer as n from a`,
  },
  {
    name: "a cast that changes its context under a view, and one that goes",
    before:
      `${colour} create function as_number(colour) returns integer language sql immutable as 'select 1';
      create type hue as enum ('x'); create table a (id integer primary key, c colour);
      create cast (colour as integer) with function as_number(colour); create cast (colour as hue) with inout; create view one as select c::integer as n from a`,
    after: `drop view one; drop cast (colour as integer); drop cast (colour as hue);
      create cast (colour as integer) with function as_number(colour) as assignment; create view one as select c::integer as n from a; alter type colour rename to color`,
  },
  {
    name: "operator classes and families under an index",
    before: `${point} create table a (id integer primary key, p pt)`,
    after:
      `create operator class pt_ops for type pt using btree as ${members}; create operator family loose using btree;
      create operator class other_ops for type pt using btree family loose as ${members}; create index on a (p pt_ops)`,
    isSuperuser: true,
  },
  {
    name: "members of an operator family, and an operator class that goes",
    before:
      `${point} create function pt_int(pt, integer) returns integer language sql immutable as 'select ($1).x - $2';
      create function pt_lti(pt, integer) returns boolean language sql immutable as 'select ($1).x < $2'; create operator <# (procedure = pt_lti, leftarg = pt, rightarg = integer);
      create operator class pt_ops for type pt using btree as ${members}; create operator class gone for type pt using btree as ${members}`,
    after:
      `alter operator family pt_ops using btree add operator 1 <# (pt, integer), function 1 (pt, integer) pt_int(pt, integer);
      drop operator family gone using btree; alter operator class pt_ops using btree rename to renamed_ops`,
    isSuperuser: true,
  },
];
