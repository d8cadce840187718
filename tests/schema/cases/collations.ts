/** Collations of both providers and their use. */
import type { Change } from "../change_cases.ts";

export const collationChanges: Change[] = [
  {
    name: "collations of libc under columns, indexes, domains, views and ranges",
    before: "create table a (id integer primary key, v text)",
    after:
      `create collation mine (lc_collate = 'C', lc_ctype = 'C'); create collation "Other one" from "C";
      alter table a add w text collate mine; create index on a (v collate "Other one"); create domain d as text collate mine;
      create view one as select v collate mine as v from a; create type r as range (subtype = text, collation = mine)`,
  },
  {
    name: "a collation renamed, one dropped, and a column's changed",
    before:
      `create collation one (lc_collate = 'C', lc_ctype = 'C'); create collation two (locale = 'POSIX'); create collation three from "C";
      create table a (id integer primary key, v text collate one, w text collate three)`,
    after:
      'alter collation one rename to uno; drop collation two; alter table a alter w type text collate "C"',
  },
  {
    name: "collations of ICU",
    before: "create table a (id integer primary key)",
    after:
      `create collation german (provider = icu, locale = 'de-u-co-phonebk'); alter table a add v text collate german unique`,
    since: 14,
  },
  {
    name: "a nondeterministic collation",
    before: "create table a (id integer primary key)",
    after:
      `create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false); alter table a add v text collate folded`,
    since: 14,
  },
  {
    name: "rules of ICU and the builtin provider",
    before: "create table a (id integer primary key)",
    after:
      `create collation ruled (provider = icu, locale = 'en', rules = '&V << w <<< W'); create collation built (provider = builtin, locale = 'C.UTF-8');
      alter table a add v text collate ruled, add w text collate built`,
    since: 18,
  },
  {
    name: "a collation replaced by another of its name, under columns and what uses them",
    before:
      `create collation c (lc_collate = 'C', lc_ctype = 'C'); create type pair as (x text collate c);
      create table a (id integer primary key, v text collate c, w varchar(5) collate c unique default 'x', p pair);
      create index on a (v); create view s as select v from a`,
    after:
      `drop view s; alter collation c rename to old; create collation c (lc_collate = 'POSIX', lc_ctype = 'POSIX');
      alter table a alter v type text collate c, alter w type varchar(5) collate c;
      alter table a drop p; drop type pair; create type pair as (x text collate c); alter table a add p pair;
      drop collation old; create view s as select v from a`,
    rows: {
      insert: "insert into a (id, v) values (1, 'b')",
      select: "select v || w as value from a",
      expect: "bx",
    },
  },
];
