/** Materialized views: their queries, options, indexes, and whether they hold rows. */
import type { Change } from "../change_cases.ts";

const table = "create table a (id integer primary key, v text, w integer default 3);";

export const materializedViewChanges: Change[] = [
  {
    name: "new materialized views with indexes, filled and not",
    before: table,
    after: `create materialized view m as select id, v from a; create unique index m_id on m (id);
      create index m_v on m (upper(v)) where id > 3;
      create materialized view empty (x, y) as select id, w from a with no data;
      create view over as select id from m`,
  },
  {
    name: "a dropped materialized view and a dropped index of one",
    before:
      `${table} create materialized view m as select id, v from a; create index m_id on m (id);
      create index m_v on m (v); create materialized view n as select 1 as x; create index n_x on n (x)`,
    after: "drop index m_v; alter index m_id rename to m_ident; drop materialized view n",
  },
  {
    name: "another query of a materialized view, under a view",
    before:
      `${table} create materialized view m as select id, v from a; create index m_id on m (id);
      create view over as select id from m`,
    after:
      `drop materialized view m cascade; create materialized view m as select id, v, w from a where w > 1;
      create index m_id on m (id); create view over as select id from m`,
  },
  {
    name: "a materialized view and its column renamed, and what it reads",
    before: `${table} create materialized view m as select id, v from a; create index m_v on m (v)`,
    after:
      "alter materialized view m rename to mm; alter materialized view mm rename column v to vv; alter table a rename v to text",
  },
  {
    name: "settings and marks of a materialized view's indexes",
    before:
      `${table} create materialized view m as select id, v from a; create index m_id on m (id);
      create index m_v on m (upper(v)) with (fillfactor = 80); alter materialized view m cluster on m_v`,
    after:
      `alter index m_id set (fillfactor = 70); alter index m_v reset (fillfactor); alter index m_v alter column 1 set statistics 50;
      alter materialized view m cluster on m_id`,
    since: 11,
  },
  {
    name: "options of a materialized view",
    before:
      `${table} create materialized view m with (fillfactor = 70, autovacuum_enabled = false) as select id from a`,
    after:
      "alter materialized view m set (fillfactor = 80); alter materialized view m reset (autovacuum_enabled)",
  },
  {
    name: "a materialized view of materialized views of functions",
    before: table,
    after:
      `create function f(integer) returns integer language plpgsql as 'begin return (select count(*) from SELF.b) + $1; end';
      create table b (id integer primary key);
      create materialized view m as select f(id) as x from a; create materialized view mm as select max(x) as x from m`,
  },
  {
    name: "a view becomes a materialized view, and the other way round",
    before:
      `${table} create view one as select id from a; create materialized view two as select id from a`,
    after:
      `drop view one; create materialized view one as select id from a; create index one_id on one (id);
      drop materialized view two; create view two as select id from a`,
  },
  {
    name: "a column changes its type under a materialized view with indexes",
    before:
      `${table} create materialized view m as select id, w from a; create unique index m_id on m (id)`,
    after: `drop materialized view m; alter table a alter w type bigint;
      create materialized view m as select id, w from a; create unique index m_id on m (id)`,
  },
  {
    name: "a materialized view that was filled later",
    before: `${table} create materialized view m as select id from a with no data`,
    after: "refresh materialized view m",
  },
  {
    name: "a materialized view that is emptied",
    before: `${table} create materialized view m as select id from a`,
    after: "refresh materialized view m with no data",
  },
];
