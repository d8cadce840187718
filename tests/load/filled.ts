/** A pair whose target holds rows before the source has sent any, and what tests ask of their load. */
import { deepStrictEqual } from "node:assert/strict";
import type { ExistingRows } from "../../src/model/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";
import { openPair, type Pair, type PairOptions, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

/** How long a load may take on a machine that has much else to do. */
export const patienceMs = 240_000;

/** @param options.filled run on the target by the role that teleport has there. */
export async function openFilled(
  { filled, existing, ...options }: PairOptions & { filled: string; existing?: ExistingRows },
): Promise<Pair> {
  const pair = await openPair({
    ...options,
    config: { ...options.config, ...existing === undefined ? {} : { load: { existing } } },
  });
  await onTarget(pair, filled);
  return pair;
}

/** As teleport's role, which owns the tables there. */
export function onTarget(pair: Pair, sql: string): Promise<Record<string, unknown>[]> {
  const { username: name, password } = pair.targetConfig.database;
  return runSql(pair.target.urlAs({ name, password }), sql);
}

/** As a superuser: the schema teleport, too. */
export function asAdmin(pair: Pair, sql: string): Promise<Record<string, unknown>[]> {
  return runSql(pair.target.server.url(pair.target.name), sql);
}

export async function oneValue(pair: Pair, expression: string): Promise<string | null> {
  const [row] = await asAdmin(pair, `select (${expression})::text as value`);
  return row?.value === null || row === undefined ? null : String(row.value);
}

/** Asks for the load of tables by name; null as something that nobody asked for. */
export async function askForLoad(
  pair: Pair,
  names: readonly string[],
  existing: ExistingRows | null,
): Promise<void> {
  await using connection = await pair.open("source");
  const list = names.map((name) => `'${name}'::regclass::oid::int`).join(", ");
  const rows = await pair.write(`select unnest(array[${list}]) as oid`);
  await requestLoad(connection, targetName, rows.map(({ oid }) => Number(oid)), { existing });
}

export async function tableOf(pair: Pair, name: string) {
  const status = await pair.readStatus();
  return status?.targets[targetName]?.tables.find((table) => table.name === name);
}

export async function follows(pair: Pair, ...names: string[]): Promise<void> {
  for (const name of names) {
    await waitFor(async () => (await tableOf(pair, name))?.state === "streaming", {
      what: `${name} to follow`,
      deadlineMs: patienceMs,
      explain: async () => [await tableOf(pair, name), pair.lines.slice(-20)],
    });
  }
}

/** Resolves where the target has what the source has, and no shadow table is left. */
export async function assertExact(pair: Pair, ...names: string[]): Promise<void> {
  await pair.caughtUp(patienceMs);
  const { source, target } = await pair.digests(
    names.map((name) => ({ schema: "public", name })),
  );
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
  await noShadows(pair);
}

/** One that is not needed any more goes with the load's next step, or a little later. */
export async function noShadows(pair: Pair): Promise<void> {
  await waitFor(async () => (await listShadows(pair)).length === 0, {
    what: "no shadow table to be left",
    explain: () => listShadows(pair),
  });
}

export async function listShadows(pair: Pair): Promise<string[]> {
  const rows = await asAdmin(
    pair,
    String.raw`select relname as name from pg_class
     where relnamespace = 'teleport'::regnamespace and relname like 'shadow\_%' and relkind = 'r'`,
  );
  return rows.map(({ name }) => String(name));
}
