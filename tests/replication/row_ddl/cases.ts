/** DDL that changes rows, or seems to, without an event for each; on a table `T` of 100 rows. */

export interface RowDdl {
  name: string;
  /** Lowest major that takes it. */
  since?: number;
  /** Columns of the table beside its key `id`, and other objects that are called `T_...`. */
  before?: { columns?: string; also?: string };
  /** Rows of `T_...` that are there before the DDL. */
  fill?: string;
  ddl: string;
  /** Whether the table has to be loaded again; undefined: either way is right. */
  isLoaded?: boolean;
  /** Other tables that are compared, `T_...`. */
  others?: readonly string[];
}

export const rowDdl: readonly RowDdl[] = [
  {
    name: "a column with a volatile default",
    ddl: "alter table T add column r uuid default md5(random()::text)::uuid",
    isLoaded: true,
  },
  { name: "a serial column", ddl: "alter table T add column n serial", isLoaded: true },
  {
    name: "an identity column",
    ddl: "alter table T add column n integer generated always as identity (increment 7)",
    isLoaded: true,
  },
  {
    name: "a stored generated column",
    since: 12,
    ddl: "alter table T add column n integer generated always as (id * 2) stored",
  },
  {
    name: "a virtual generated column",
    since: 18,
    ddl: "alter table T add column n integer generated always as (id * 2)",
    isLoaded: false,
  },
  {
    name: "another expression of a stored column",
    since: 17,
    before: { columns: "n integer generated always as (id * 2) stored" },
    ddl: "alter table T alter n set expression as (id * 3)",
  },
  {
    name: "another type",
    before: { columns: "n integer default 1" },
    ddl: "alter table T alter n type text using 'n' || n",
    isLoaded: true,
  },
  {
    name: "the same type by USING, which the catalogs do not show",
    before: { columns: "n integer default 1" },
    ddl: "alter table T alter n type integer using n + id",
    isLoaded: true,
  },
  {
    name: "a longer varchar",
    before: { columns: "n varchar(10) default 'x'" },
    ddl: "alter table T alter n type varchar(20)",
    isLoaded: false,
  },
  {
    name: "a default of the moment",
    ddl: "alter table T add column at timestamptz default now()",
  },
  {
    name: "a constant default that changes before anybody looks",
    ddl: "alter table T add column n integer default 5; alter table T alter n set default 6",
  },
  {
    name: "a constant default that goes before anybody looks",
    ddl: "alter table T add column n integer default 5; alter table T alter n drop default",
  },
  {
    name: "a column without a default, which gets one before anybody looks",
    ddl: "alter table T add column n integer; alter table T alter n set default 6",
    isLoaded: false,
  },
  {
    name: "a timestamp that is one of UTC",
    since: 12,
    before: { columns: "at timestamp default '2020-03-29 02:30'" },
    ddl: "set timezone = 'UTC'; alter table T alter at type timestamptz; reset timezone",
    isLoaded: false,
  },
  {
    name: "a timestamp that is one of another zone",
    before: { columns: "at timestamp default '2020-03-29 02:30'" },
    ddl: "set timezone = 'Asia/Kolkata'; alter table T alter at type timestamptz; reset timezone",
    isLoaded: true,
  },
  {
    name: "a child that comes with rows, by INHERIT",
    before: {
      also: "create table T_child (id integer primary key, v text)",
    },
    fill: "insert into T_child select n, 'child' from generate_series(1000, 1010) n",
    ddl: "alter table T_child inherit T; insert into T_child values (2000, 'later')",
    others: ["T_child"],
  },
  {
    name: "a child that goes, by NO INHERIT and by DROP",
    before: {
      also:
        "create table T_child (primary key (id)) inherits (T); create table T_other () inherits (T)",
    },
    fill: "insert into T_child select n, 'child' from generate_series(1000, 1010) n",
    ddl:
      "alter table T_child no inherit T; drop table T_other; insert into T_child (id, v) values (2000, 'later')",
    others: ["T_child"],
  },
  {
    name: "a column dropped, and another of its name",
    before: { columns: "n integer default 1" },
    ddl: "alter table T drop column n; alter table T add column n integer",
    isLoaded: false,
  },
  {
    name: "labels of an enum, and checks of a domain",
    before: {
      columns: "e T_enum default 'a', d T_domain default 1",
      also: "create type T_enum as enum ('a', 'b'); create domain T_domain as integer",
    },
    ddl:
      "alter type T_enum add value 'c'; alter domain T_domain add check (value > 0); alter type T_enum rename value 'a' to 'A'",
    isLoaded: false,
  },
  { name: "CLUSTER", ddl: "cluster T using T_pkey", isLoaded: false },
  {
    name: "SET UNLOGGED and SET LOGGED",
    ddl: "alter table T set unlogged; alter table T set logged",
    isLoaded: false,
  },
  {
    name: "TRUNCATE by a function",
    ddl: "do 'begin truncate T; insert into T values (7, ''again''); end'",
    isLoaded: false,
  },
  {
    name: "dropped, and created under its name",
    ddl:
      "drop table T; create table T (id integer primary key, v text); insert into T values (7, 'another')",
  },
  {
    name: "renamed away, and another in its place",
    before: { also: "create table T_new (v text, id integer primary key, n integer)" },
    ddl:
      `insert into T_new select v || '!', id from T where id > 5; alter table T rename to T_old; alter table T_new rename to T;
       insert into T_old values (500, 'old'); insert into T values ('new', 501)`,
    others: ["T_old"],
  },
  {
    name: "a function of a generated column that is replaced",
    since: 12,
    before: {
      columns: "n text generated always as (T_f(v)) stored",
      also:
        "create function T_f(text) returns text language sql immutable as $$ select $1 || ' before' $$",
    },
    ddl:
      "create or replace function T_f(text) returns text language sql immutable as $$ select $1 || ' after' $$; update T set v = v",
  },
];
