/** Extensions: made, moved, brought up to date, dropped. */
import type { Change } from "../change_cases.ts";

export const extensionChanges: Change[] = [
  {
    name: "new extensions and what uses them",
    before: "create table a (id integer primary key, v text)",
    after:
      `create extension citext; create extension hstore; create extension pg_trgm; create extension "uuid-ossp"; create extension btree_gist;
      alter table a add c citext unique, add h hstore default 'a=>1', add u uuid default uuid_generate_v4();
      create index on a using gin (v gin_trgm_ops); create view one as select h -> 'a' as x, c || 'y' as y from a;
      create function f(hstore) returns text language sql as $$ select $1 -> 'k' $$`,
    expression: ["public.*", "ext.*"],
    isSuperuser: true,
  },
  {
    name: "an extension in a schema of its own, and one that nothing uses",
    before: "",
    after:
      "create schema ext; create extension hstore schema ext; create extension pg_trgm; create table a (id integer primary key, h ext.hstore)",
    expression: ["public.*", "ext.*"],
    isSuperuser: true,
  },
  {
    name: "an extension moves to another schema",
    before:
      "create schema ext; create extension hstore; create table a (id integer primary key, h hstore); create view one as select h -> 'x' as x from a",
    after: "alter extension hstore set schema ext",
    expression: ["public.*", "ext.*"],
    isSuperuser: true,
  },
  {
    name: "an extension is brought up to date",
    before:
      "create extension hstore version '1.4'; create table a (id integer primary key, h hstore)",
    after: "alter extension hstore update",
    since: 14,
    expression: ["public.*", "ext.*"],
    isSuperuser: true,
  },
  {
    name: "an extension is dropped with what used it",
    before:
      "create extension hstore; create table a (id integer primary key, h hstore); create view one as select h from a",
    after: "drop extension hstore cascade",
    expression: ["public.*", "ext.*"],
    isSuperuser: true,
  },
];
