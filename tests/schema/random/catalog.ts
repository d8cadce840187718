/** What the source has at the moment, for choosing the next statement. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import type { Session } from "../../postgres/mod.ts";

export interface Column {
  name: string;
  type: string;
  category: string;
  isNotNull: boolean;
  isKey: boolean;
  isGenerated: boolean;
  /** First label of an enum. */
  label: string | null;
}

export interface Table {
  name: string;
  schema: string;
  isPartitioned: boolean;
  isPartition: boolean;
  /** Names of constraints: checks, unique and foreign keys. */
  constraints: string[];
  key: string | null;
  indexes: string[];
  columns: Column[];
}

export interface NamedType {
  name: string;
  kind: "e" | "d" | "c";
  labels: string[];
  constraints: string[];
}

export interface View {
  /** With its schema. */
  name: string;
  isMaterialized: boolean;
  columns: string[];
  query: string;
}

export interface World {
  tables: Table[];
  types: NamedType[];
  sequences: string[];
  functions: string[];
  views: View[];
}

export const schemas = ["public", "other"] as const;

/** The functions that deparse lock tables, and may meet what DDL beside has just dropped: then once more. */
export async function readWorld(session: Session): Promise<World> {
  while (true) {
    try {
      return await readOnce(session);
    } catch (error) {
      const { code = "" } = error as { code?: string };
      if (!["XX000", "40P01"].includes(code)) throw error;
    }
  }
}

async function readOnce(session: Session): Promise<World> {
  const [tables, types, sequences, functions, views] = [
    await session.query<Table>(selectTables),
    await session.query<NamedType>(selectTypes),
    await session.query<{ name: string }>(selectSequences),
    await session.query<{ name: string }>(selectFunctions),
    await session.query<View>(selectViews),
  ];
  return {
    tables: tables.rows,
    types: types.rows,
    sequences: sequences.rows.map(({ name }) => name),
    functions: functions.rows.map(({ name }) => name),
    views: views.rows,
  };
}

export function nameOf(table: Pick<Table, "schema" | "name">): string {
  return `${table.schema}.${quoteIdentifier(table.name)}`;
}

const selectTables = `
  select c.relname::text as name, n.nspname::text as schema, c.relkind = 'p' as "isPartitioned",
    c.relispartition as "isPartition",
    array(select k.conname::text from pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'u', 'f')
          and k.conislocal order by 1) as constraints,
    (select k.conname::text from pg_constraint k where k.conrelid = c.oid and k.contype = 'p') as key,
    array(select i.indexrelid::regclass::text from pg_index i where i.indrelid = c.oid
          and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid) order by 1) as indexes,
    (select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'category', b.typcategory,
        'isNotNull', a.attnotnull,
        'isKey', exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)),
        'isGenerated', coalesce(to_jsonb(a) ->> 'attgenerated', '') <> '',
        'label', (select min(e.enumlabel) from pg_enum e where e.enumtypid = b.oid)) order by a.attnum)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'other') and c.relkind in ('r', 'p')
    and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
  order by n.nspname, c.relname`;

const selectTypes = `
  select t.oid::regtype::text as name, t.typtype::text as kind,
    array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels,
    array(select k.conname::text from pg_constraint k where k.contypid = t.oid and k.contype = 'c' order by 1) as constraints
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  where n.nspname in ('public', 'other') and (t.typtype in ('e', 'd') or c.relkind = 'c')
  order by 1`;

const selectSequences = `
  select c.oid::regclass::text as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'other') and c.relkind = 'S'
    and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))
  order by 1`;

const selectFunctions = `
  select p.oid::regprocedure::text as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'other') and p.prolang in (select oid from pg_language where lanname = 'sql')
  order by 1`;

const selectViews = `
  select n.nspname || '.' || quote_ident(c.relname) as name, c.relkind = 'm' as "isMaterialized",
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as columns,
    rtrim(pg_get_viewdef(c.oid), ';') as query
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'other') and c.relkind in ('v', 'm')
  order by 1`;
