/**
 * Crashes of everything: kill -9 of instances, `stop -m immediate` of servers, two at once, again while they
 * recover, during loads and writes. TELEPORT_TEST_SEED repeats the choices (not the servers' timing),
 * TELEPORT_TEST_STRIKES makes it longer, TELEPORT_TEST_PAIRS names the servers, such as `14-18,18-14`.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import {
  openPair,
  type Pair,
  Random,
  say,
  targetName,
  toWritten,
  waitFor,
  writeConfig,
} from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { parsePair } from "../property/majors.ts";
import bank from "./crash/bank.sql" with { type: "text" };
import bankRows from "./crash/bank_rows.sql" with { type: "text" };
import { KeptInstance } from "./crash/kept_instance.ts";
import { Loads } from "./crash/loads.ts";
import { Observer } from "./crash/observer.ts";
import progress from "./crash/progress.sql" with { type: "text" };
import { assertAtRest, assertQueueIsFreed, bankTables } from "./crash/rest.ts";
import { carryOut, describeStrike, planStrikes, type Side, type Strike } from "./crash/strikes.ts";
import { Writers } from "./crash/writers.ts";

const strikes = Number(Deno.env.get("TELEPORT_TEST_STRIKES") ?? 40);
const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
/** Writers rest and everything is compared after so many, and at the end. */
const strikesPerRest = 20;
const recoveryMs = 180_000;
/** Before 11 the bank's partitioned table has no key. */
const pairs = [14, 18].flatMap((source) => [14, 18].map((target) => ({ source, target })));

/** Words of a log that tell of a way out which no crash may need. */
const forbidden = [
  "replication starts anew",
  "restored or copied",
  "restored from a backup",
  "has to be loaded again",
  "they are loaded again",
];

interface Scene {
  pair: Pair;
  instances: Record<Side, KeptInstance>;
  observers: Record<Side, Observer>;
  sourceFile: string;
  random: Random;
}

Deno.test("kill -9 of instances and immediate stops of servers, during loads and writes, end with equal databases", async () => {
  const startedAt = Date.now();
  const random = new Random(seed);
  const plan = planStrikes(random, strikes);
  const { source, target } = random.pick(namedPairs() ?? pairs);
  say(`TELEPORT_TEST_SEED=${seed}, ${strikes} strikes, PostgreSQL ${source} to ${target}`);
  await using stack = new AsyncDisposableStack();
  const scene = await open(stack, { source, target, random });
  await waitFor(() => scene.instances.source.log.includes("Tables that hold rows follow"), {
    what: "first contact",
  });
  let written = 0;
  let requested = 0;
  let inLoads = 0;
  while (plan.length > 0) {
    const part = plan.splice(0, strikesPerRest);
    const outcome = await strikeAll(scene, part);
    written += outcome.written;
    requested += outcome.requested;
    inLoads += outcome.inLoads;
    await assertAtRest(scene.pair, { tables: bankTables, explain: () => tails(scene) });
  }
  await assertQueueIsFreed(scene.pair);
  for (const instance of Object.values(scene.instances)) {
    instance.assertWell();
    deepStrictEqual(forbidden.filter((words) => instance.log.includes(words)), [], instance.log);
    deepStrictEqual(await instance.stop(), 0, instance.log.slice(-4000));
  }
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  say(
    `${written} transactions written, ${requested} loads asked for, ${inLoads} strikes in a load, ${
      holdsOf(scene.instances.source.log).length
    } holds, ${seconds} s`,
  );
  ok(2 * inLoads > strikes, "Most strikes were to come while a table is loaded");
});

function namedPairs() {
  const named = Deno.env.get("TELEPORT_TEST_PAIRS");
  return named && named !== "all" ? named.split(",").map(parsePair) : undefined;
}

async function open(
  stack: AsyncDisposableStack,
  { random, ...majors }: { source: number; target: number; random: Random },
): Promise<Scene> {
  const pair = stack.use(
    await openPair({
      ...majors,
      setup: bank + bankRows,
      applySchema: "test",
      isRestarted: true,
      // An asynchronous commit stays in memory for long, unless somebody sees to it.
      sourceSettings: { max_prepared_transactions: "8", wal_writer_delay: "10s" },
      targetSettings: { wal_writer_delay: "10s" },
    }),
  );
  const { hostname, port } = pair.targetConfig.server;
  const targets = {
    [targetName]: {
      target_expression: "public.*",
      endpoint: { hostname, port },
      apply_schema: "test",
    },
  };
  const sourceFile = await writeConfig({
    ...toWritten(pair.sourceConfig, targets),
    batch_size: 200,
  });
  const targetFile = await writeConfig(toWritten(pair.targetConfig, {}));
  const { source, target } = pair;
  for (const { server, name } of [source, target]) {
    const settings = `alter database "${name}" set deadlock_timeout = '100ms';
      alter database "${name}" set synchronous_commit = off`;
    await runSql(server.url(name), settings);
  }
  return {
    pair,
    instances: {
      source: stack.use(new KeptInstance(["-config", sourceFile])),
      target: stack.use(new KeptInstance(["-config", targetFile])),
    },
    observers: {
      source: stack.use(new Observer(source.server, source.name)),
      target: stack.use(new Observer(target.server, target.name)),
    },
    sourceFile,
    random,
  };
}

async function strikeAll(
  scene: Scene,
  plan: readonly Strike[],
): Promise<{ written: number; requested: number; inLoads: number }> {
  const { pair, instances, observers, sourceFile, random } = scene;
  const writers = new Writers(pair.source.urlAs(pair.owner), random);
  const loads = new Loads(pair, { config: sourceFile, observer: observers.source, random });
  let inLoads = 0;
  try {
    for (const strike of plan) {
      await pause(strike.delayMs);
      if (await isLoading(scene)) inLoads += 1;
      say(describeStrike(strike));
      await carryOut(strike, {
        instances,
        servers: { source: pair.source.server, target: pair.target.server },
      });
      if (!strike.isFollowedAtOnce) await worksAgain(scene);
    }
    await worksAgain(scene);
  } finally {
    await loads.stop();
    await writers.stop();
  }
  return { written: writers.committed, requested: loads.requested, inLoads };
}

/** False where nobody can tell. */
async function isLoading({ observers }: Scene): Promise<boolean> {
  const sql = "select from teleport.table_state where state in ('queued', 'loading', 'rejoining')";
  return (await observers.source.look(sql) ?? []).length > 0;
}

/** The target applies something again. */
async function worksAgain(scene: Scene): Promise<void> {
  const { instances, observers } = scene;
  const read = async () => (await observers.target.look(progress))?.[0]?.progress;
  let before: unknown;
  await waitFor(async () => {
    for (const instance of Object.values(instances)) instance.assertWell();
    before ??= await read();
    const now = await read();
    return before !== undefined && now !== undefined && now !== before;
  }, { what: "the pair to work again", deadlineMs: recoveryMs, explain: () => tails(scene) });
}

function tails({ instances }: Scene): Record<Side, string[]> {
  const tail = ({ log }: KeptInstance) => [
    ...holdsOf(log),
    ...log.trimEnd().split("\n").slice(-20),
  ];
  return { source: tail(instances.source), target: tail(instances.target) };
}

function holdsOf(log: string): string[] {
  return log.split("\n").filter((line) => line.includes("A table is held"));
}
