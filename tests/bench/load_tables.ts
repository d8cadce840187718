/** The tables that the load's benchmark loads: 2 GB of heap and TOAST in all. */
import narrowSql from "./sql/load_narrow.sql" with { type: "text" };
import wideSql from "./sql/load_wide.sql" with { type: "text" };
import indexedSql from "./sql/load_indexed.sql" with { type: "text" };

export interface LoadTable {
  name: string;
  /** What is special about it, for the report. */
  kind: string;
  rows: number;
  /** Bare: what a row needs to be stored. */
  create: string;
  fill: string;
  /** What comes after the rows, primary key first. */
  keys: readonly string[];
}

export const loadTables: readonly LoadTable[] = [
  {
    name: "narrow",
    kind: "narrow",
    rows: 10_000_000,
    create: `create table public.narrow (
      id bigint not null, branch integer not null, amount integer not null, at timestamptz not null)`,
    fill: narrowSql,
    keys: ["alter table public.narrow add primary key (id)"],
  },
  {
    name: "wide",
    kind: "jsonb and text",
    rows: 600_000,
    create:
      "create table public.wide (id bigint not null, document jsonb not null, body text not null)",
    fill: wideSql,
    keys: ["alter table public.wide add primary key (id)"],
  },
  {
    name: "indexed",
    kind: "3 secondary indexes",
    rows: 5_000_000,
    create: `create table public.indexed (
      id bigint not null, customer integer not null, placed_at timestamptz not null,
      status text not null, amount numeric(12, 2), reference text not null)`,
    fill: indexedSql,
    keys: [
      "alter table public.indexed add primary key (id)",
      "create index indexed_customer on public.indexed (customer)",
      "create index indexed_placed_at on public.indexed (placed_at)",
      "create index indexed_reference on public.indexed (reference)",
    ],
  },
];
