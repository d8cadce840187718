/**
 * Schema: the look at the catalogs that polling takes, and the reading of a whole snapshot, on a database of
 * 1,000 tables with 20 columns. The program's own functions; no instance runs.
 */
import { readFingerprint } from "../../src/capture/mod.ts";
import { parseExpression } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { hashSnapshot, readSnapshot } from "../../src/schema/mod.ts";
import { createDatabase, databaseConfig, runSql } from "../postgres/mod.ts";
import { median } from "./median.ts";
import {
  below,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";
import wideSchema from "./sql/wide_schema.sql" with { type: "text" };

const looksPerRound = 5;

export async function schema({ stage, rounds }: SectionOptions): Promise<SectionResult> {
  const { source: server } = stage;
  const database = await createDatabase(server);
  await runSql(database.url, wideSchema);
  await runSql(database.url, "vacuum analyze");
  const config = databaseConfig(server, database.name, server.superuser);
  await using connection = await Connection.open(config, "bench");
  const fingerprint = await measure(rounds, () => readFingerprint(connection));
  const names = ["under its names", "under another schema's name"] as const;
  const lines: Line[] = [line("polling's look at 1,000 tables of 20 columns", fingerprint, 50)];
  for (const [at, name] of names.entries()) {
    const options = { expression: everything(), ...(at === 0 ? {} : { applySchema: "test" }) };
    const ms = await measure(rounds, async () => {
      const snapshot = await connection.transaction(
        "repeatable read read only",
        () => readSnapshot(connection, options),
      );
      hashSnapshot(snapshot);
    });
    lines.push(line(`their schema read, ${name}`, ms, 1000));
  }
  return { lines, notes: [] };
}

function everything() {
  const parsed = parseExpression(["public.*"]);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.expression;
}

/** Milliseconds, after a first time that does not count. */
async function measure(rounds: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let look = 0; look < rounds * looksPerRound; look++) {
    const begun = performance.now();
    await work();
    times.push(performance.now() - begun);
  }
  return median(times);
}

function line(what: string, ms: number, mostMs: number): Line {
  return { what, teleport: `${whole(ms)} ms`, ...judged(below(mostMs, " ms"), ms) };
}
