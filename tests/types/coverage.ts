/** Whether every type that the servers have is a column that replicates, and holds something. */
import { connect, runSql, type TestDatabase } from "../postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { unreadable } from "./catalogue.ts";
import { lacksArrays } from "./tables.ts";
import type { TypePair } from "./type_pair.ts";

/** Built-in types of both servers that no table of the values has, each with the reason where there is one. */
export async function leftOutOf(
  pair: Pair,
): Promise<{ type: string; reason: string | undefined }[]> {
  const there = new Set((await builtIn(pair.target)).map(({ type }) => type));
  const here = await builtIn(pair.source);
  return here.filter(({ type, isColumn }) => !isColumn && there.has(type))
    .map(({ type, element, elementKind }) => ({
      type,
      reason: unreadable[element ?? type] ?? reasonOf[elementKind ?? ""],
    }));
}

/** Why there are no arrays of types of that kind. */
const reasonOf: Readonly<Record<string, string>> = {
  p: "a pseudo-type's array is no column's",
  c: "the rows of a catalog are no values of an application",
};

interface BuiltInType {
  type: string;
  /** Of an array: its elements' type, and the kind of that as in pg_type.typtype. */
  element: string | null;
  elementKind: string | null;
  isColumn: boolean;
}

/** Pseudo-types and rows of catalogs cannot be read from text, or are none of an application's values. */
function builtIn({ server, name }: TestDatabase): Promise<BuiltInType[]> {
  return runSql<{ [Key in keyof BuiltInType]: BuiltInType[Key] }>(
    server.url(name),
    `select case when n.nspname = 'pg_catalog' then '' else n.nspname || '.' end || t.typname as type,
        e.typname::text as element, e.typtype::text as "elementKind",
       exists (
         select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid
         where a.atttypid = t.oid and a.attnum > 0 and c.relkind = 'r' and c.relname ~ '^val_[0-9]+$'
           and c.relnamespace = 'public'::regnamespace) as "isColumn"
     from pg_type t
     join pg_namespace n on n.oid = t.typnamespace
     left join pg_type e on e.typarray = t.oid
     where n.nspname in ('pg_catalog', 'information_schema') and t.typtype not in ('p', 'c')
     order by 1`,
  );
}

/** Columns of the tables of values and keys that hold nothing but nulls on the target. */
export async function emptyColumnsOf(
  { pair: { target }, types, keys, major }: TypePair,
): Promise<string[]> {
  const url = target.server.url(target.name);
  // What cannot be made is not there.
  const impossible = new Set(types.flatMap((type, n) => lacksArrays(type, major) ? `a${n}` : []));
  const columns = await runSql<{ name: string; column: string }>(
    url,
    `select c.relname::text as name, a.attname::text as column
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
       and c.relname ~ '^(val|key|arrays|domains|pairs)_[0-9]+$' and a.attnum > 0
     order by a.attrelid, a.attnum`,
  );
  const tables = Map.groupBy(columns, ({ name }) => name);
  const missing = keys.members.filter(({ n }) => !tables.has(`key_${n}`))
    .map(({ n }) => `key_${n}`);
  const empty: string[] = [];
  await using session = await connect(url);
  for (const [name, own] of tables) {
    const counts = own.map(({ column }) => `count(${column}) as ${column}`);
    const { rows: [row] } = await session.query(`select ${counts.join(", ")} from public.${name}`);
    const without = own.filter(({ column }) =>
      Number(row[column]) === 0 && !impossible.has(column)
    );
    empty.push(...without.map(({ column }) => `${name}.${column}`));
  }
  return [...missing, ...empty];
}
