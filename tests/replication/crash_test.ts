import { deepStrictEqual } from "node:assert/strict";
import {
  openPair,
  type Pair,
  say,
  targetName,
  TeleportProcess,
  toWritten,
  waitFor,
  writeConfig,
} from "../pair/mod.ts";
import { shopSetup, shopTables, writeShop } from "./shop.ts";

/** Kills in one run; `deno task test:long` makes it more. */
const kills = Number(Deno.env.get("TELEPORT_TEST_KILLS") ?? 8);
const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 1e6));

interface Files {
  source: string;
  target: string;
}

async function writeFiles(pair: Pair): Promise<Files> {
  const { hostname, port } = pair.targetConfig.server;
  const targets = {
    [targetName]: {
      target_expression: "public.*",
      endpoint: { hostname, port },
      apply_schema: "test",
    },
  };
  return {
    source: await writeConfig({ ...toWritten(pair.sourceConfig, targets), batch_size: 200 }),
    target: await writeConfig(toWritten(pair.targetConfig, {})),
  };
}

/** A small generator with a seed: the schedule of kills can be repeated, the servers' timing cannot. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

Deno.test("kill -9 of either instance during load and writes ends with equal databases", async () => {
  say(`seed ${seed}, ${kills} kills`);
  const next = numbers(seed);
  await using pair = await openPair({ setup: shopSetup, applySchema: "test" });
  const files = await writeFiles(pair);
  const running = {
    source: new TeleportProcess(["-config", files.source]),
    target: new TeleportProcess(["-config", files.target]),
  };
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    await running.source[Symbol.asyncDispose]();
    await running.target[Symbol.asyncDispose]();
  });
  await running.source.logged("Tables that hold rows follow");
  const writers = writeShop(pair, { clients: 4, seed });
  cleanup.defer(async () => {
    await writers.stop();
  });
  await using loading = new TeleportProcess([
    ...["-config", files.source, "-mode", "initial-load", "-load-target", targetName],
  ]);
  // Past its look at the target, which it would not start without.
  await loading.logged("tables,");
  for (let kill = 0; kill < kills; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + next() * 1500));
    const side = next() < 0.5 ? "source" : "target";
    running[side].kill("SIGKILL");
    await running[side].finished();
    running[side] = new TeleportProcess(["-config", files[side]]);
  }
  const loaded = await loading.finished();
  deepStrictEqual(loaded.code, 0, loaded.stderr);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const written = await writers.stop();
  await equal(pair, running);
  say(`${written} transactions written`);
  for (const process of [running.source, running.target]) {
    process.kill("SIGTERM");
    deepStrictEqual((await process.finished()).code, 0, process.stderr);
  }
});

async function equal(
  pair: Pair,
  running: { source: TeleportProcess; target: TeleportProcess },
): Promise<void> {
  const { port } = pair.sourceConfig.server;
  await waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
    const status = await response?.json();
    const target = status?.targets[targetName];
    return target?.lagEvents === 0 &&
      target.tables.every((table: { state: string }) => table.state === "streaming");
  }, {
    what: "the target to follow",
    deadlineMs: 90_000,
    explain: () => ({
      source: running.source.stderr.split("\n").slice(-20),
      target: running.target.stderr.split("\n").slice(-20),
    }),
  });
  const { source, target } = await pair.digests(shopTables);
  deepStrictEqual(target, source);
}
