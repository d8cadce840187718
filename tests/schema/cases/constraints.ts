/** Keys, checks, NOT NULL and foreign keys. */
import type { Change } from "../change_cases.ts";

export const constraintChanges: Change[] = [
  {
    name: "keys with INCLUDE",
    before: "create table a (id integer, v text, w integer, unique (id) include (v))",
    after: `alter table a add primary key (id) include (v, w);
      alter table a drop constraint a_id_v_key; alter table a add unique (w) include (id) deferrable`,
    since: 11,
  },
  {
    name: "a unique key without distinct nulls",
    before:
      "create table a (id integer primary key, v text, w text, unique nulls not distinct (v))",
    after: `alter table a drop constraint a_v_key; alter table a add unique (v);
      alter table a add unique nulls not distinct (v, w)`,
    since: 15,
  },
  {
    name: "keys that are deferrable, deferred and neither",
    before: `create table a (id integer primary key, v integer constraint one unique deferrable,
      w integer constraint two unique)`,
    after: `alter table a drop constraint one; alter table a add constraint one unique (v);
      alter table a drop constraint two;
      alter table a add constraint two unique (w) deferrable initially deferred;
      create table b (id integer primary key deferrable initially deferred)`,
  },
  {
    name: "a key made of an index that is there",
    before: `create table a (id integer not null, v integer); create unique index i on a (id);
      create unique index j on a (v)`,
    after: `alter table a add constraint key primary key using index i;
      alter table a add constraint j unique using index j`,
  },
  {
    name: "the primary key moves to another column",
    before: "create table a (id integer primary key, v bigint not null, w text)",
    after:
      `alter table a drop constraint a_pkey; alter table a add column x bigint not null default 3;
      alter table a add constraint a_pkey primary key (x, v)`,
  },
  {
    name: "checks without inheritance, of many columns and with functions",
    before: `create table p (a integer, b integer, constraint one check (a > 0) no inherit);
      create table c () inherits (p)`,
    after: `alter table p drop constraint one;
      alter table p add constraint one check (a > b and b > 0) no inherit;
      create function f(integer) returns boolean language sql immutable as 'select $1 > 3';
      alter table c add constraint two check (f(a)); alter table p add constraint three check (a <> 5)`,
  },
  {
    name: "a check that is not valid, renamed and validated, in a tree",
    before: `create table p (a integer); create table c () inherits (p);
      alter table p add constraint one check (a > 0) not valid;
      alter table p add constraint two check (a > 1) not valid`,
    after: `alter table p rename constraint one to uno; alter table p validate constraint uno;
      alter table p add constraint three check (a > 2) not valid`,
  },
  {
    name: "exclusion",
    before: `create table a (id integer primary key, v int4range, w box,
        constraint one exclude using gist (v with &&))`,
    after: `alter table a rename constraint one to uno;
      alter table a add constraint two exclude using gist (w with &&, v with -|-)
        with (fillfactor = 70) where (id > 5) deferrable initially deferred;
      alter table a add constraint three exclude (id with =)`,
  },
  {
    name: "foreign keys come, are renamed and go",
    before: `create table a (id integer primary key, u text unique);
      create table b (id integer primary key, a integer constraint one references a,
        u text constraint two references a (u), p integer)`,
    after: `alter table b rename constraint one to uno; alter table b drop constraint two;
      alter table b add constraint three foreign key (p) references a on delete set null on update cascade;
      alter table b add constraint four foreign key (id) references a match full deferrable`,
  },
  {
    name: "a foreign key that is not valid, and one that gets valid",
    before:
      `create table a (id integer primary key); create table b (id integer primary key, a integer, c integer);
      alter table b add constraint one foreign key (a) references a not valid`,
    after: `alter table b add constraint two foreign key (c) references a not valid;
      alter table b validate constraint one`,
  },
  {
    name: "foreign keys in a circle and to the table itself",
    before: `create table a (id integer primary key, b integer, boss integer references a);
      create table b (id integer primary key, a integer references a);
      alter table a add constraint one foreign key (b) references b`,
    after: `alter table a rename to aa; alter table b rename id to key;
      create table c (id integer primary key, a integer references aa, c integer references c);
      alter table aa add c integer references c; alter table aa drop constraint one`,
  },
  {
    name: "tables go whose foreign keys are a circle",
    before:
      `create table a (id integer primary key, c integer); create table b (id integer primary key, a integer references a);
      create table c (id integer primary key, b integer references b, c integer references c);
      alter table a add foreign key (c) references c; create table d (id integer primary key, a integer references a)`,
    after: "drop table d; drop table a, b, c",
  },
  {
    name: "foreign keys of composite keys whose columns are renamed",
    before: `create table a (x integer, y integer, primary key (x, y));
      create table b (id integer primary key, p integer, q integer,
        constraint one foreign key (q, p) references a (y, x))`,
    after: `alter table a rename x to xx; alter table b rename q to qq; alter table a rename to aa;
      comment on constraint one on b is 'of a foreign key'`,
  },
  {
    name: "foreign keys from a partitioned table",
    before: `create table a (id integer primary key);
      create table r (id integer, a integer references a, primary key (id)) partition by range (id);
      create table r1 partition of r for values from (1) to (5)`,
    after:
      `create table r2 partition of r for values from (5) to (9); create table b (id integer primary key);
      alter table r add b integer references b; alter table r drop constraint r_a_fkey`,
    since: 11,
  },
  {
    name: "foreign keys to a partitioned table",
    before: `create table r (id integer primary key) partition by hash (id);
      create table r0 partition of r for values with (modulus 2, remainder 0);
      create table a (id integer primary key, r integer constraint one references r)`,
    after: `create table r1 partition of r for values with (modulus 2, remainder 1);
      alter table a rename constraint one to uno; create table b (r integer primary key references r)`,
    since: 12,
  },
  {
    name: "NOT NULL with names",
    before:
      `create table a (id integer primary key, v text constraint one not null, w text not null, x text);
      create table b (id integer constraint zwei not null, v text constraint drei not null)`,
    after: `alter table a rename constraint one to uno; alter table a alter w drop not null;
      alter table a add constraint "x y" not null x; alter table a add y text constraint y not null default '';
      alter table b alter v drop not null; alter table b add constraint vier not null v;
      alter table b rename id to key; comment on constraint zwei on b is 'a NOT NULL'`,
    since: 18,
  },
  {
    name: "NOT NULL that older rows need not meet",
    before: `create table a (id integer primary key, v text, w text, x text, y text);
      alter table a add constraint one not null v not valid;
      alter table a add constraint two not null w not valid;
      alter table a add constraint three not null x not valid`,
    after: `alter table a validate constraint one; alter table a drop constraint two;
      alter table a rename constraint three to drei; alter table a add constraint vier not null y not valid`,
    since: 18,
  },
  {
    name: "NOT NULL of children and partitions",
    before: `create table p (a integer, b integer, c integer constraint own not null no inherit);
      create table c (d integer not null) inherits (p);
      create table r (a integer, b integer not null) partition by list (a);
      create table r1 partition of r for values in (1)`,
    after:
      `alter table p add constraint one not null a; alter table c add constraint two not null b;
      alter table p alter constraint own inherit; alter table r add constraint three not null a;
      alter table r1 alter b set default 4; create table r2 partition of r for values in (2);
      create table e () inherits (p); alter table p rename constraint one to uno`,
    since: 18,
  },
  {
    name: "NOT NULL that children say of a parent's columns",
    before: `create table p (a integer not null, b integer not null, c integer not null);
      create table c1 (primary key (a), constraint own not null b) inherits (p); create table c2 () inherits (p)`,
    after:
      `create table c3 (constraint "third ""own""" not null a) inherits (p); alter table c2 alter b set not null;
      alter table p alter b drop not null; alter table p alter a drop not null`,
    since: 18,
  },
  {
    name: "NOT NULL comes and goes in a tree",
    before: `create table p (a integer, b integer not null); create table c () inherits (p);
      create table r (a integer, b integer not null) partition by list (a);
      create table r1 partition of r for values in (1)`,
    after: `alter table p alter a set not null; alter table p alter b drop not null;
      alter table r alter a set not null; alter table r alter b drop not null;
      create table r2 partition of r for values in (2)`,
    since: 12,
  },
  {
    name: "checks and foreign keys that are not enforced",
    before:
      `create table a (id integer primary key, v integer, constraint one check (v > 0) not enforced);
      create table b (id integer primary key, a integer constraint two references a not enforced,
        c integer constraint three references a)`,
    after: `alter table a rename constraint one to uno;
      alter table a add constraint four check (v < 9) not enforced;
      alter table b alter constraint two enforced; alter table b alter constraint three not enforced;
      alter table b add constraint five foreign key (id) references a not enforced`,
    since: 18,
  },
  {
    name: "keys without overlaps and foreign keys of periods",
    before:
      `create table a (v int4range, d daterange, constraint one primary key (v, d without overlaps));
      create table b (id integer primary key, v int4range, d daterange)`,
    after: `alter table a rename constraint one to uno;
      alter table b add constraint two foreign key (v, period d) references a;
      create table c (v int4range, d daterange, unique (v, d without overlaps))`,
    since: 18,
  },
  {
    name: "a constraint's column goes, and its namesake comes back",
    before:
      `create table a (id integer primary key, v integer constraint one check (v > 0) constraint two unique)`,
    after:
      `alter table a drop v; alter table a add v text constraint one check (v <> '') constraint two unique`,
  },
  {
    name: "constraints that swap names",
    before: `create table a (id integer primary key, v integer constraint one check (v > 0)
      constraint two check (v > 1), w integer constraint three unique constraint four check (w > 0))`,
    after: `alter table a rename constraint one to x; alter table a rename constraint two to one;
      alter table a rename constraint x to two`,
  },
];
