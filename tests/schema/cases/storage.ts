/** How tables, columns and indexes are stored and estimated. */
import type { Change } from "../change_cases.ts";

export const storageChanges: Change[] = [
  {
    name: "storage parameters of a new table, its TOAST table and its indexes",
    before: "",
    after:
      `create table a (id integer, v text, constraint key primary key (id) with (fillfactor = 70))
        with (fillfactor = 55, autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.25,
          toast.autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 7);
      create index i on a (v) with (fillfactor = 60);
      create index j on a using gin (to_tsvector('simple', v)) with (fastupdate = off) where id > 3;
      create index k on a using brin (id) with (pages_per_range = 8, autosummarize = true);
      create index l on a using gist (box(point(id, id), point(1, 1))) with (buffering = on);
      create index m on a using hash (v) with (fillfactor = 80)`,
  },
  {
    name: "storage parameters are set, changed and reset",
    before: `create table a (id integer primary key, v text)
        with (fillfactor = 55, autovacuum_enabled = false, toast.autovacuum_enabled = false);
      create index i on a (v) with (fillfactor = 60); create index j on a (v, id)`,
    after:
      `alter table a set (fillfactor = 66, parallel_workers = 3, toast.autovacuum_vacuum_threshold = 9);
      alter table a reset (autovacuum_enabled, toast.autovacuum_enabled);
      alter index i reset (fillfactor); alter index j set (fillfactor = 50);
      alter index a_pkey set (fillfactor = 51)`,
  },
  {
    name: "storage parameters that came with 13",
    before: "create table a (id integer primary key, v text); create index i on a (v)",
    after: `alter table a set (vacuum_truncate = false, vacuum_index_cleanup = off,
        autovacuum_vacuum_insert_threshold = 10, toast_tuple_target = 256);
      alter index i set (deduplicate_items = off)`,
    since: 13,
  },
  {
    name: "storage parameters of partitions and children",
    before: `create table r (a integer, b text) partition by range (a);
      create table r1 partition of r for values from (1) to (2) with (fillfactor = 40);
      create table p (a integer) with (fillfactor = 30); create table c () inherits (p)`,
    after: `alter table r1 set (fillfactor = 41);
      create table r2 partition of r for values from (2) to (3) with (autovacuum_enabled = false);
      alter table c set (fillfactor = 31); alter table p reset (fillfactor)`,
  },
  {
    name: "a column's storage, statistics and n_distinct",
    before: `create table a (id integer primary key, v text, w text, x text);
      alter table a alter w set storage external, alter w set statistics 7,
        alter w set (n_distinct = 5, n_distinct_inherited = 6)`,
    after: `alter table a alter v set storage main, alter v set statistics 100,
        alter v set (n_distinct = -0.5);
      alter table a alter w set storage extended, alter w set statistics -1, alter w reset (n_distinct);
      alter table a alter x set storage plain, alter x set statistics 0`,
  },
  {
    name: "new columns and tables with settings of their own",
    before: "create table a (id integer primary key)",
    after: `alter table a add v text; alter table a alter v set storage external;
      alter table a alter v set statistics 3; alter table a alter v set (n_distinct = 9);
      create table b (v text, "w x" bytea); alter table b alter v set statistics 4;
      alter table b alter "w x" set storage main; alter table b alter "w x" set (n_distinct = 8)`,
  },
  {
    name: "a column's compression",
    before: "create table a (v text compression pglz, w text, x text compression pglz)",
    after: `alter table a alter v set compression default, alter w set compression pglz;
      alter table a add y text compression pglz; alter table a rename x to z;
      create table b (v bytea compression pglz)`,
    since: 14,
  },
  {
    name: "settings of a column whose type changes are set again",
    before: `create table a (v text, w varchar(10)); alter table a alter v set storage external,
        alter v set statistics 5, alter w set storage main, alter w set statistics 6`,
    after: `alter table a alter v type varchar(20), alter v set storage main;
      alter table a alter w type text`,
  },
  {
    name: "settings of columns of partitions and children",
    before: `create table p (a integer, b text); alter table p alter b set storage external;
      create table c () inherits (p); create table r (a integer, b text) partition by list (a);
      create table r1 partition of r for values in (1); create table r2 partition of r for values in (2)`,
    after: `alter table only p alter b set storage main; alter table c alter b set statistics 8;
      alter table r alter b set storage external; alter table only r alter b set statistics 3;
      alter table r1 alter b set storage plain; alter table r2 alter b set (n_distinct = 3)`,
  },
  {
    name: "the index that a table is clustered on",
    before: `create table a (id integer primary key, v text); create index i on a (v);
      create table b (id integer primary key, v text); create index j on b (v);
      create table c (id integer primary key); alter table a cluster on i;
      alter table b cluster on b_pkey; alter table c cluster on c_pkey`,
    after: `alter table a set without cluster; alter table b cluster on j;
      create table d (id integer primary key, v text); create index k on d (v);
      alter table d cluster on k`,
  },
  {
    name: "the replica identity",
    before:
      `create table a (id integer primary key, v text not null); create unique index i on a (v);
      create table b (id integer primary key); create table c (id integer primary key, v text not null);
      create unique index j on c (v); alter table c replica identity using index j;
      create table d (id integer primary key); alter table d replica identity full`,
    after: `alter table a replica identity using index i; alter table b replica identity full;
      alter table c replica identity using index c_pkey; alter table d replica identity default;
      create table e (id integer primary key); alter table e replica identity nothing;
      create table f (id integer primary key); alter table f replica identity using index f_pkey`,
  },
  {
    name: "marks move with an index that is replaced",
    before:
      `create table a (id integer primary key, v integer not null); create unique index i on a (v);
      alter table a replica identity using index i; alter table a cluster on i`,
    after: `drop index i; create unique index i on a (v, id); alter table a cluster on i;
      alter table a replica identity using index i; alter table a rename v to w; alter index i rename to j`,
  },
  {
    name: "statistics targets of an index's expressions",
    before: `create table a (id integer, v text);
      create index i on a (upper(v), (id + 1)); alter index i alter column 1 set statistics 50;
      create index j on a (lower(v))`,
    after:
      `alter index i alter column 1 set statistics -1; alter index i alter column 2 set statistics 60;
      alter index j alter column 1 set statistics 70;
      create index k on a ((id * 2)); alter index k alter column 1 set statistics 80`,
    since: 11,
  },
  {
    name: "a table becomes logged",
    before: "create unlogged table a (id serial primary key, v text); create index on a (v)",
    after: "alter table a set logged",
  },
  {
    name: "an unlogged table with an identity",
    before: "create table b (id integer)",
    after: `create unlogged table a (id integer generated always as identity primary key);
      drop table b; create unlogged sequence s`,
    since: 15,
  },
  {
    name: "a sequence that becomes unlogged",
    before: "create sequence s; create table a (id serial primary key)",
    after: "alter sequence s set unlogged; alter table a set unlogged",
    since: 15,
  },
];
