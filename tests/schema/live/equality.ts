/** Whether two running databases have come to be equal: schemas as the servers deparse them, and rows. */
import { z } from "zod";
import { quoteIdentifier, quoteName } from "../../../src/model/mod.ts";
import type { Connection } from "../../../src/postgres/mod.ts";
import { compareLines, describeSchema, type Difference } from "../oracle/mod.ts";

/** Schemas of the source, and what they are called on the target, in the same order. */
export interface Schemas {
  schema: { schemas: readonly string[] };
  targetSchemas: readonly string[];
}

export const isEqual = ({ missing, extra }: Difference): boolean =>
  missing.length + extra.length === 0;

const keyedRow = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  /** Whether its rows are those of its partitions; else children are tables of their own. */
  isPartitioned: z.boolean(),
});
type Keyed = z.output<typeof keyedRow>;

/** What a place looks like on one side; the tables whose rows travel are known by the source alone. */
export interface Look {
  lines: string[];
  keyed: readonly (readonly Keyed[])[];
}

/** The source's side. It must be quiet from before this until the comparison. */
export async function lookAtSource(source: Connection, place: Schemas): Promise<Look> {
  const lines: string[] = [];
  const keyed: Keyed[][] = [];
  for (const [at, schema] of place.schema.schemas.entries()) {
    const tables = await source.rows(keyedRow, selectKeyed, [schema]);
    keyed.push(tables);
    lines.push(...await linesOf(source, { schema, prefix: `${at} `, tables }));
  }
  const names = await source.rows(nameRow, selectTravelling, [place.schema.schemas]);
  const travelling = new Set(names.map(({ name }) => name));
  return { lines: lines.filter((line) => isWanted(line, travelling)), keyed };
}

const nameRow = z.object({ name: z.string() });

/** A foreign key from or to a table whose rows do not travel is not replicated. */
function isWanted(line: string, travelling: ReadonlySet<string>): boolean {
  const [, from, to] = /^\d+ foreign key (\w+)\.\w+ to (?:\w+\.)?(\w+) /.exec(line) ?? [];
  return [from, to].every((name) => name === undefined || travelling.has(name));
}

export async function compareWithTarget(
  target: Connection,
  place: Schemas,
  source: Look,
): Promise<Difference> {
  const lines: string[] = [];
  for (const [at, schema] of place.targetSchemas.entries()) {
    const tables = source.keyed[at] ?? [];
    lines.push(...await linesOf(target, { schema, prefix: `${at} `, tables }));
  }
  return compareLines(source.lines, lines);
}

async function linesOf(
  connection: Connection,
  { schema, prefix, tables }: { schema: string; prefix: string; tables: readonly Keyed[] },
): Promise<string[]> {
  const described = await describeSchema(connection, schema);
  const lines = [...described, ...await digest(connection, schema, tables)];
  return lines.map((line) => prefix + line);
}

const digestRow = z.object({ line: z.string() });

/** Count and digest of each table's rows, in byte order. A table that is not there has none. */
async function digest(
  connection: Connection,
  schema: string,
  tables: readonly Keyed[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, columns, isPartitioned } of tables) {
    const only = isPartitioned ? "" : "only ";
    const list = columns.map((column) => `t.${quoteIdentifier(column)}`).join(", ");
    try {
      const { line } = await connection.row(
        digestRow,
        `select 'rows of ' || $1 || ' ' || count(*) || ' ' || coalesce(md5(string_agg(r.line, ',' order by r.line collate "C")), '') as line
         from (select row(${list})::text as line from ${only}${quoteName({ schema, name })} t) r`,
        [name],
      );
      lines.push(line);
    } catch (error) {
      lines.push(`rows of ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return lines;
}

const selectTravelling = `
  select c.relname::text as name
  from teleport.capture k
  join pg_catalog.pg_class c on c.oid = k.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and k.level in ('row', 'statement')`;

/** Roots and lone tables with a key, with their columns by name. */
const selectKeyed = `
  select c.relname::text as name, c.relkind = 'p' as "isPartitioned", array(
    select a.attname::text from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    order by a.attname
  ) as columns
  from teleport.capture k
  join pg_catalog.pg_class c on c.oid = k.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and k.root = k.relation and k.level in ('row', 'statement') and c.relkind in ('r', 'p')
  order by c.relname`;
