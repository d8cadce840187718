/**
 * Tables are loaded while the application writes to them and changes them: each ends equal, when it rests.
 * TELEPORT_TEST_LOADS says how many loads there are, over all pairs of servers; TELEPORT_TEST_SEED repeats the
 * choices (not the timing).
 */
import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { requestLoad } from "../../src/state/mod.ts";
import { openPair, type Pair, Random, say, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { Application } from "./application.ts";
import { createTable, type Kind, kinds } from "./kinds.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const loads = Number(Deno.env.get("TELEPORT_TEST_LOADS") ?? 50);
const pairs = [[10, 18], [14, 14], [18, 10]] as const;
const tables = 6;
const rows = 1500;
const restMs = 1000;

const [kind] = kinds.filter(({ name }) => name === "everything that a plain table takes");
const [partitioned] = kinds.filter(({ name }) =>
  name === "everything that a partitioned table takes"
);

pairs.forEach(([source, target], place) => {
  const own = Array.from({ length: loads }, (_, number) => number)
    .filter((number) => Math.floor(number / tables) % pairs.length === place);
  Deno.test(`${own.length} loads from PostgreSQL ${source} to ${target} under writes and ALTER TABLE end exact`, async () => {
    const random = new Random(seed).fork(place);
    say(`TELEPORT_TEST_SEED=${seed}, PostgreSQL ${source} to ${target}`);
    const names = Array.from({ length: tables }, (_, number) => `t${number}`);
    const kindOf = (number: number): Kind => {
      const isTree = source === target && number % 3 === 2;
      const chosen = isTree ? partitioned : kind;
      if (chosen === undefined) throw new Error("There is no such kind");
      return chosen;
    };
    await using pair = await openPair({
      source,
      target,
      setup: names.map((table, number) =>
        createTable(kindOf(number), { table, isKept: number === 3 })
      ).join("\n"),
      config: { batch_size: 1, load: { workers: 2, chunk_bytes: 65_536 } },
    });
    const { server, name } = pair.source;
    await runSql(server.url(name), `alter database "${name}" set deadlock_timeout = '50ms'`);
    await pair.start();
    await pair.caughtUp();
    for (let first = 0; first < own.length; first += tables) {
      const round = names.slice(0, own.length - first);
      await loadUnderWrites(pair, { round, kindOf, random: random.fork(first) });
    }
  });
});

interface Round {
  round: readonly string[];
  kindOf: (number: number) => Kind;
  random: Random;
}

async function loadUnderWrites(pair: Pair, { round, kindOf, random }: Round): Promise<void> {
  for (const table of round) {
    await pair.write(`truncate ${table};
      insert into ${table} select i, i, 0, i % 3, repeat('x', 200 + (i * 37) % 700)
      from generate_series(1, ${rows}) i`);
  }
  const applications = round.map((table, number) =>
    new Application({
      url: pair.source.urlAs(pair.owner),
      table,
      kind: kindOf(number),
      random: random.fork(number),
      changes: 3,
    })
  );
  const begun = Date.now();
  try {
    await askForLoads(pair, round);
    await waitFor(async () => {
      for (const application of applications) application.assertRunning();
      const states = await statesOf(pair, round);
      return states.length === round.length && states.every((state) => state === "streaming");
    }, {
      what: "the tables to follow",
      deadlineMs: 180_000,
      explain: () => explain(pair, applications),
    });
    const loadMs = Date.now() - begun;
    await pause(restMs);
    for (const application of applications) await application.stop();
    await awaitEqual(pair, round, applications);
    const committed = applications.reduce((sum, application) => sum + application.committed, 0);
    const restarts = pair.lines.filter((line) => line.includes("The load starts again")).length;
    say(`${round.length} loads in ${loadMs} ms, ${committed} transactions, ${restarts} restarts`);
    pair.lines.length = 0;
  } finally {
    await Promise.allSettled(applications.map((application) => application.stop()));
  }
}

async function askForLoads(pair: Pair, tables: readonly string[]): Promise<void> {
  await using connection = await pair.open("source");
  const found = await pair.write(
    `select c::regclass::oid::int as oid from unnest(array['${tables.join("','")}']) c`,
  );
  await requestLoad(connection, targetName, found.map(({ oid }) => Number(oid)), {
    existing: "replace",
  });
}

async function statesOf(pair: Pair, tables: readonly string[]): Promise<string[]> {
  const status = await pair.readStatus();
  return (status?.targets[targetName]?.tables ?? [])
    .filter(({ name }) => tables.includes(name)).map(({ state }) => state);
}

/** The rows of a change of the schema may come a look at the catalogs later. */
async function awaitEqual(
  pair: Pair,
  tables: readonly string[],
  applications: readonly Application[],
): Promise<void> {
  const named = tables.map((name) => ({ schema: "public", name }));
  await pair.caughtUp(120_000);
  let last: Awaited<ReturnType<Pair["digests"]>> | undefined;
  await waitFor(async () => {
    last = await pair.digests(named);
    return Object.entries(last.source).every(([name, digest]) => last?.target[name] === digest);
  }, { what: "the tables to be equal", deadlineMs: 20_000, pollMs: 500 }).catch(() => undefined);
  deepStrictEqual(
    last?.target,
    last?.source,
    JSON.stringify(await explain(pair, applications), null, 1),
  );
}

async function explain(pair: Pair, applications: readonly Application[]): Promise<unknown> {
  const status = await pair.readStatus();
  return {
    seed,
    tables: status?.targets[targetName]?.tables.filter(({ state }) => state !== "streaming"),
    changed: applications.map(({ changed }) => changed),
    log: pair.lines.filter((line) => !line.includes("DEBUG")).slice(-40),
  };
}
