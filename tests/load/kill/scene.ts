/** The pair of a kill test: kept instances, observers, clients that write, and what they need to be struck. */
import {
  openPair,
  type Pair,
  type Random,
  targetName,
  toWritten,
  waitFor,
  writeConfig,
} from "../../pair/mod.ts";
import { runSql } from "../../postgres/mod.ts";
import bank from "../../replication/crash/bank.sql" with { type: "text" };
import { KeptInstance } from "../../replication/crash/kept_instance.ts";
import { Observer } from "../../replication/crash/observer.ts";
import { bankTables } from "../../replication/crash/rest.ts";
import rows from "./rows.sql" with { type: "text" };
import documents from "./documents.sql" with { type: "text" };
import { Phases } from "./phases.ts";
import { Witness } from "./witness.ts";

/** At a time, of all tables. */
export const chunksInFlight = 2;

export const tables = [...bankTables, "document"];

export interface Scene {
  pair: Pair;
  /** No source instance runs where the command does the loads by itself. */
  source: KeptInstance | undefined;
  target: KeptInstance;
  phases: Phases;
  observers: { source: Observer; target: Observer };
  sourceOptions: readonly string[];
  witness: Witness;
  random: Random;
}

/** Both instances run, and no table is loaded yet. */
export async function openScene(
  stack: AsyncDisposableStack,
  { random, major }: { random: Random; major: number },
): Promise<Scene> {
  // A process that is killed may have written half a page.
  const settings = { full_page_writes: "on" };
  const pair = stack.use(
    await openPair({
      ...{ source: major, target: major, targetSettings: settings },
      sourceSettings: { ...settings, max_prepared_transactions: "8" },
      setup: bank + documents + rows,
      applySchema: "test",
      isRestarted: true,
    }),
  );
  const files = await writeConfigs(pair);
  for (const { server, name } of [pair.source, pair.target]) {
    await runSql(server.url(name), `alter database "${name}" set deadlock_timeout = '100ms'`);
  }
  const observers = {
    source: stack.use(new Observer(pair.source.server, pair.source.name)),
    target: stack.use(new Observer(pair.target.server, pair.target.name)),
  };
  const target = stack.use(new KeptInstance(["-config", files.target]));
  const sourceOptions = ["-config", files.source];
  const source = new KeptInstance(sourceOptions);
  const scene: Scene = {
    ...{ pair, source, target, observers, sourceOptions, random },
    phases: await Phases.open(pair, observers),
    witness: await Witness.install(pair),
  };
  stack.defer(() => scene.source?.[Symbol.asyncDispose]());
  await waitFor(() => source.log.includes("Tables that hold rows follow"), {
    what: "first contact",
    deadlineMs: 120_000,
    explain: () => tails(scene),
  });
  return scene;
}

async function writeConfigs(pair: Pair): Promise<{ source: string; target: string }> {
  const { hostname, port } = pair.targetConfig.server;
  const endpoint = { hostname, port };
  const targets = {
    [targetName]: { target_expression: "public.*", endpoint, apply_schema: "test" },
  };
  return {
    source: await writeConfig({
      ...toWritten(pair.sourceConfig, targets),
      batch_size: 200,
      load: { chunk_bytes: 65_536, workers: chunksInFlight },
    }),
    target: await writeConfig(toWritten(pair.targetConfig, {})),
  };
}

export function tails(
  { source, target }: Pick<Scene, "source" | "target">,
  command?: KeptInstance,
): Record<string, string[]> {
  const tail = (kept: KeptInstance | undefined) => kept?.log.trimEnd().split("\n").slice(-20) ?? [];
  return { source: tail(source), target: tail(target), command: tail(command) };
}
