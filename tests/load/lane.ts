/**
 * A real source and target, and everything that instances do for a load, driven step by step: capture, LoadRunner,
 * Streamer, the target's end. Between two steps of a load a test's own statements run.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createSlotMemory, vacuumSlots } from "../../src/capture/mod.ts";
import { CaptureKeeper } from "../../src/daemon/capture_keeper.ts";
import { LoadRunner } from "../../src/daemon/load_runner.ts";
import { createLog, type Log } from "../../src/daemon/log.ts";
import { Streamer } from "../../src/daemon/streamer.ts";
import { TargetLink } from "../../src/daemon/target_link.ts";
import { TeleportError } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { checkEpoch, listTables, migrate, requestLoad } from "../../src/state/mod.ts";
import { openPair, type Pair, type PairOptions, targetName } from "../pair/mod.ts";
import { KeptSessions } from "./kept_sessions.ts";
import { type OnMoment, TargetEnd } from "./target_end.ts";

const timing = { idleTimeoutMs: 120_000, heartbeatMs: 10_000, compression: "none" } as const;
const neverMs = 3_600_000;
const loadDeadlineMs = 300_000;
const restMs = 100;
const failureRestMs = 20;

export interface LoadSettings {
  workers: number;
  /** Of a chunk. */
  chunkBytes: number;
}

interface Parts {
  pair: Pair;
  keeper: CaptureKeeper;
  link: TargetLink;
  streamer: Streamer;
  targetEnd: TargetEnd;
  epoch: string;
  control: Connection;
  reader: Connection;
  sessions: KeptSessions;
  log: Log;
  lines: string[];
  stack: AsyncDisposableStack;
}

export class Lane implements AsyncDisposable {
  /** Its instances are not started: the lane does their work. */
  readonly pair: Pair;
  /** What was logged since the last load was asked for. */
  readonly lines: string[];
  /** Set when the application changed the source's schema: the ddlwatcher finds it after a while. */
  mustWatch = false;
  readonly #parts: Parts;
  readonly #slots = createSlotMemory();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.pair = parts.pair;
    this.lines = parts.lines;
  }

  set onMoment(listener: OnMoment) {
    this.#parts.targetEnd.onMoment = listener;
  }

  /** Loads the tables, asked for anew, and follows them until nothing is left to send. */
  async load(names: readonly string[], settings: LoadSettings): Promise<void> {
    const { control } = this.#parts;
    this.lines.length = 0;
    const tables = await listTables(control, targetName);
    const wanted = tables.filter(({ name }) => names.includes(name));
    await requestLoad(control, targetName, wanted.map(({ relation }) => relation), {
      existing: "replace",
    });
    await this.settle(settings);
  }

  /** Sends batches, and runs the loads that are due, until the target has everything. */
  async settle(settings: LoadSettings): Promise<void> {
    const stopping = new AbortController();
    const runner = this.#createRunner(settings, stopping.signal);
    const deadline = Date.now() + loadDeadlineMs;
    try {
      while (true) {
        const outcome = await this.#step(runner);
        if (outcome === "settled") break;
        if (Date.now() > deadline) throw new Error(`The loads do not end: ${await this.explain()}`);
        if (outcome === "idle") await runner.rest(restMs);
      }
      await vacuumSlots(this.#parts.control, { memory: this.#slots });
    } finally {
      stopping.abort();
      await runner.finished();
    }
  }

  /** The states of all tables that do not follow, and the log's end. */
  async explain(): Promise<string> {
    const tables = await listTables(this.#parts.control, targetName);
    const states = tables.filter(({ state }) => state !== "streaming")
      .map(({ name, state, reason }) => `${name} ${state} ${reason ?? ""}`);
    return JSON.stringify({ states, log: this.lines.slice(-40) }, null, 1);
  }

  async #step(runner: LoadRunner): Promise<"sent" | "idle" | "settled"> {
    const { control, keeper } = this.#parts;
    if (this.mustWatch) {
      this.mustWatch = false;
      await keeper.watch(control);
    }
    const isRunning = await this.#try("The loads failed", async () => {
      await runner.step(control);
      return true;
    });
    if (!isRunning || !await this.#stream()) return "sent";
    const tables = await listTables(control, targetName);
    // Tables that nobody asked to load are partial, and stay so.
    const isSettled = !this.mustWatch &&
      tables.every(({ state }) => state === "streaming" || state === "partial");
    return isSettled ? "settled" : "idle";
  }

  /** Sends a batch, where there is one. @returns whether there was none. */
  async #stream(): Promise<boolean> {
    const { streamer, control, reader } = this.#parts;
    return await this.#try(
      "Streaming failed",
      async () => await streamer.step(control, reader) === "idle",
    );
  }

  /** As the supervisor of an instance does: what is transient is tried again. @returns false where it failed. */
  async #try(failure: string, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TeleportError) || error.code === "bug") throw error;
      this.#parts.log.warn(failure, { error });
      await pause(failureRestMs);
      return false;
    }
  }

  #createRunner({ workers, chunkBytes }: LoadSettings, signal: AbortSignal): LoadRunner {
    const { link, keeper, epoch, sessions, log } = this.#parts;
    return new LoadRunner({
      link,
      keeper,
      log,
      retryMs: 0,
      open: () => sessions.take(),
      workers,
      context: {
        source: epoch,
        chunkSize: { batchSize: 1, chunkBytes },
        rateLimit: undefined,
        existing: "replace",
        signal,
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stack.disposeAsync();
  }
}

/** The tables of the setup follow when this resolves; those with rows lack them. */
export async function openLane(
  options: Pick<PairOptions, "servers" | "setup" | "config">,
): Promise<Lane> {
  await using stack = new AsyncDisposableStack();
  const pair = stack.use(await openPair(options));
  const targetEnd = stack.use(await TargetEnd.start(pair, timing));
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "text", write: (line) => lines.push(line) });
  const { database } = pair.sourceConfig;
  const control = stack.use(await Connection.open(database, "test"));
  const reader = stack.use(await Connection.open(database, "test"));
  const sessions = stack.use(new KeptSessions(() => Connection.open(database, "load")));
  await migrate(control);
  const { epoch } = await checkEpoch(control);
  const keeper = new CaptureKeeper(pair.sourceConfig, log);
  await keeper.sync(control);
  const settings = pair.sourceConfig.targets[targetName];
  if (settings === undefined) throw new Error(`There is no target ${targetName}`);
  const link = new TargetLink(targetName, settings, timing);
  const streamer = new Streamer({
    link,
    epoch,
    existing: "replace",
    keeper,
    log,
    maxEventsPerBatch: pair.sourceConfig.max_events_per_batch,
    sequenceIntervalMs: neverMs,
    holdDelayMs: 1,
    signal: new AbortController().signal,
  });
  stack.defer(() => streamer.finish());
  while (await streamer.step(control, reader) !== "idle");
  return new Lane({
    ...{ pair, targetEnd, keeper, link, streamer, epoch, control, reader, sessions, log, lines },
    stack: stack.move(),
  });
}
