/** What is asked of both sides about each table. */
import { runSql, type TestDatabase } from "../postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";
import type { CataloguedType } from "./catalogue.ts";
import type { Question } from "./compare.ts";
import type { GrownTable } from "./grown_tables.ts";
import { type KeyTypes, tablesOf } from "./key_tables.ts";
import { groupSize } from "./tables.ts";

/** Every value and key, as text and, where no OID of one server is in it, as binary. */
export async function questionsFor(
  pair: Pair,
  { types, keys }: { types: readonly CataloguedType[]; keys: KeyTypes },
): Promise<Question[]> {
  const form = formOf(pair);
  const facts = await factsOf(pair.source, types);
  const there = await factsOf(pair.target, types);
  const isBinary = (n: number) => facts[n]?.isBinary === true && there[n]?.isBinary === true;
  const values = facts.flatMap(({ n, isArrayBinary }) => {
    const type = types[n]?.type ?? "";
    const table = `val_${Math.floor(n / groupSize)}`;
    const columns = (names: readonly string[]) =>
      ["id", ...names.map((name) => name + n)].join(", ");
    const raw = type === "xml" ? `, v${n}::text as raw, d${n}::text as raw_domain` : "";
    const plain = columns(["v", "d", "dd", ...(isArrayBinary ? ["a"] : [])]);
    return [
      { ...form, ...question(table, `${columns(["v", "a", "d", "dd", "c", "ca"])}${raw}`, "id") },
      ...(isBinary(n) ? [binary(table, plain, "id")] : []),
    ].map((asked) => ({ ...asked, name: `${asked.name} ${type}` }));
  });
  return [
    ...values,
    ...keys.members.flatMap(({ n }) => [
      { ...form, ...question(`key_${n}`, "*", "n") },
      ...(isBinary(n) ? [binary(`key_${n}`, "*", "n")] : []),
    ]),
    ...tablesOf(keys).map((table) => ({ ...form, ...question(table, "*", "n") })),
  ];
}

export function questionsOf(pair: Pair, tables: readonly GrownTable[]): Question[] {
  return tables.map(({ name }) => ({ ...formOf(pair), ...question(name, "*", "id") }));
}

/** Floats are printed in another way since 12. */
function formOf({ source, target }: Pair): { isReprinted: boolean } {
  return { isReprinted: (source.server.major < 12) !== (target.server.major < 12) };
}

function question(table: string, columns: string, order: string): Question {
  return {
    name: table,
    query: `select ${columns} from public.${table} order by ${order}`,
    isBinary: false,
  };
}

function binary(table: string, columns: string, order: string): Question {
  return { ...question(table, columns, order), name: `${table}, binary,`, isBinary: true };
}

interface TypeFacts {
  n: number;
  /** Its binary form is the value, and no OID of one server. */
  isBinary: boolean;
  isArrayBinary: boolean;
}

function factsOf(
  { server, name }: TestDatabase,
  types: readonly CataloguedType[],
): Promise<TypeFacts[]> {
  return runSql<{ [Fact in keyof TypeFacts]: TypeFacts[Fact] }>(
    server.url(name),
    `select x.n::int - 1 as n, t.typsend <> 0 and t.typname !~ '^reg' and t.typtype not in ('c') and b.typtype not in ('c') as "isBinary",
       t.oid < 16384 and t.typtype <> 'd' as "isArrayBinary"
     from unnest($1::text[]) with ordinality x (name, n)
     join pg_type t on t.oid = x.name::regtype
     join pg_type b on b.oid = case when t.typbasetype = 0 then t.oid else t.typbasetype end
     order by x.n`,
    [types.map(({ type }) => type)],
  );
}
