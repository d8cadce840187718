/** Byte for byte: COPY of both sides, as text under pinned settings and as binary where OIDs do not matter. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { type QualifiedName, quoteIdentifier, quoteName } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";

/** A SELECT that both sides answer, and the form in which their answers are compared. */
export interface Question {
  name: string;
  query: string;
  isBinary: boolean;
  /** The target prints the source's answer too, since the sides' versions print it differently. */
  isReprinted?: boolean;
}

/** Settings under which a value's text is exact, whatever the tests' own session has. */
const pinned = `
  set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC';
  set extra_float_digits = 3; set bytea_output = 'hex'; set lc_monetary = 'C'; set quote_all_identifiers = off`;

export interface Difference {
  question: string;
  source: string;
  target: string;
}

/**
 * Questions on which the sides differ, each with the first line that does.
 * @param before SQL that both sides run first, and roll back.
 */
export async function differences(
  pair: Pair,
  questions: readonly Question[],
  before = "",
): Promise<Difference[]> {
  await using source = await pair.open("source");
  await using target = await pair.open("target");
  const found: Difference[] = [];
  for (const side of [source, target]) await side.run(`${pinned}; begin; ${before}`);
  for (const question of questions) {
    const here =
      await (question.isReprinted ? reprinted(source, target, question) : answer(source, question));
    const there = await answer(target, question);
    if (here.digest === there.digest && here.rows === there.rows) continue;
    const line = here.lines.findIndex((text, at) => text !== there.lines[at]);
    found.push({
      question: question.name,
      source: `${here.rows} rows: ${here.lines[Math.max(line, 0)] ?? ""}`,
      target: `${there.rows} rows: ${there.lines[Math.max(line, 0)] ?? ""}`,
    });
  }
  for (const side of [source, target]) await side.rollback();
  return found;
}

async function reprinted(source: Connection, target: Connection, question: Question) {
  const copy = source.copyOut(`copy (${question.query}) to stdout`);
  await target.run(`create temp table reprint as ${question.query} limit 0`);
  await target.copyIn("copy pg_temp.reprint from stdin", copy);
  const answered = await answer(target, { ...question, query: "select * from pg_temp.reprint" });
  await target.run("drop table pg_temp.reprint");
  return answered;
}

const maxKeptBytes = 200_000;

async function answer(connection: Connection, { query, isBinary }: Question) {
  const hash = createHash("sha256");
  const kept: Uint8Array[] = [];
  let bytes = 0;
  const form = isBinary ? " with (format binary)" : "";
  const copy = connection.copyOut(`copy (${query}) to stdout${form}`);
  let step = await copy.next();
  for (; step.done !== true; step = await copy.next()) {
    hash.update(step.value);
    if (bytes < maxKeptBytes) kept.push(step.value.slice(0, maxKeptBytes));
    bytes += step.value.length;
  }
  const text = new TextDecoder(isBinary ? "latin1" : "utf-8").decode(concat(kept));
  const lines = text.split("\n").map((line) => line.slice(0, 1000));
  return { digest: hash.digest("hex"), rows: step.value, lines };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every column of a table as text, in the order of its key. */
export async function wholeTable(connection: Connection, table: QualifiedName): Promise<Question> {
  const name = quoteName(table);
  const columns = await connection.rows(
    z.object({ name: z.string() }),
    `select a.attname::text as name from pg_catalog.pg_attribute a
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [name],
  );
  const list = columns.map((column) => quoteIdentifier(column.name)).join(", ");
  return {
    name: table.name,
    query: `select ${list} from ${name} t order by t::text collate "C"`,
    isBinary: false,
  };
}
