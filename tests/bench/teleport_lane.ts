/** A lane of teleport: two processes as a user runs them, with the intervals of the example. */
import { z } from "zod";
import {
  type Pair,
  runTeleport,
  targetName,
  TeleportProcess,
  toWritten,
  writeConfig,
} from "../pair/mod.ts";
import { cpuSecondsOf } from "./cpu.ts";
import {
  caughtUp,
  dropDatabases,
  type Lane,
  type LaneOptions,
  openDatabases,
  type Running,
  settle,
} from "./lane.ts";

/** Of config/source.yml. */
export const exampleIntervals = {
  batcher: 100,
  transmitter: 100,
  applier: 100,
  vacuum: 500,
  ddlwatcher: 5000,
};

export const exampleSizes = { batch_size: 10_000, max_events_per_batch: 10_000 };

export type Intervals = Partial<typeof exampleIntervals>;

export interface TeleportRunning extends Running {
  readonly source: TeleportProcess;
  readonly target: TeleportProcess;
}

export class TeleportLane implements Lane {
  readonly pair: Pair;
  #running: TeleportRunning | undefined;

  constructor(pair: Pair) {
    this.pair = pair;
  }

  async start(intervals: Intervals = {}): Promise<TeleportRunning> {
    const files = await this.#writeFiles(intervals);
    const target = new TeleportProcess(["-config", files.target]);
    await target.logged(activeMessage);
    const startedAt = Date.now();
    const source = new TeleportProcess(["-config", files.source]);
    await source.logged(activeMessage);
    const readyAt = activeAt(source);
    this.#running = {
      source,
      target,
      readyAt,
      startMs: readyAt - startedAt,
      cpuSeconds: () => ({
        "source instance": cpuSecondsOf(source.pid),
        "target instance": cpuSecondsOf(target.pid),
      }),
      stop: async () => {
        this.#running = undefined;
        for (const process of [source, target]) await endOf(process);
      },
    };
    return this.#running;
  }

  /** Loads what the target lacks; both instances run meanwhile. */
  async load(): Promise<void> {
    const files = await this.#writeFiles({});
    const words = ["-config", files.source, "-mode", "initial-load", "-load-target", targetName];
    const { code, stderr } = await runTeleport(words);
    if (code !== 0) throw new Error(`The initial load ended with ${code}:\n${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    await dropDatabases(this.pair);
  }

  async #writeFiles(intervals: Intervals): Promise<{ source: string; target: string }> {
    const { hostname, port } = this.pair.targetConfig.server;
    const shared = {
      ...exampleSizes,
      processing_intervals: { ...exampleIntervals, ...intervals },
    };
    const targets = {
      [targetName]: { target_expression: "public.*", endpoint: { hostname, port } },
    };
    return {
      source: await writeConfig({ ...toWritten(this.pair.sourceConfig, targets), ...shared }),
      target: await writeConfig({ ...toWritten(this.pair.targetConfig, {}), ...shared }),
    };
  }
}

/** Opened, loaded and at rest. */
export async function openTeleportLane(options: LaneOptions): Promise<TeleportLane> {
  const lane = new TeleportLane(await openDatabases(options));
  const running = await lane.start();
  await lane.load();
  await caughtUp(lane.pair);
  await running.stop();
  await settle(lane.pair);
  return lane;
}

export const activeMessage = '"message":"Active"';
const activeLine = z.object({ time: z.coerce.date() });

function activeAt(process: TeleportProcess): number {
  const line = process.stderr.split("\n").find((text) => text.includes(activeMessage));
  return activeLine.parse(JSON.parse(line ?? "")).time.getTime();
}

/** Drains and ends an instance. @throws Error where it did not end well. */
export async function endOf(process: TeleportProcess): Promise<void> {
  process.kill("SIGTERM");
  const { code, stderr } = await process.finished();
  if (code !== 0) throw new Error(`An instance ended with ${code}:\n${stderr.slice(-4000)}`);
}
