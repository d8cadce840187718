/** The loops of an active instance: one streamer and one loader for each target, vacuum, watcher. */
import type { Applier } from "../apply/mod.ts";
import { createSlotMemory, vacuumSlots } from "../capture/mod.ts";
import { RateLimit } from "../load/mod.ts";
import { type Config, TeleportError } from "../model/mod.ts";
import type { PeerTiming } from "../peer/mod.ts";
import { Connection } from "../postgres/mod.ts";
import { pruneLedger, recordLastTxid } from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import { IndexBuilder } from "./index_builder.ts";
import { LoadRunner } from "./load_runner.ts";
import type { InstanceOptions } from "./instance.ts";
import type { Log } from "./log.ts";
import { QueueAlarm } from "./queue_alarm.ts";
import { SchemaRetrier } from "./schema_retrier.ts";
import { SessionSlot } from "./session_slot.ts";
import type { StreamerStatus } from "./status.ts";
import { Streamer } from "./streamer.ts";
import { supervise } from "./supervise.ts";
import { TargetLink } from "./target_link.ts";

const lockCheckMs = 1000;
const loadCheckMs = 250;
const shadowCheckMs = 5000;

/** The longest rest after a batch, in times that the batch took. */
const restRatio = 2;

/**
 * How long to rest after a batch: small transactions gather meanwhile, and under a steady load
 * replication leaves most of the time to the application. None where the batch took the interval.
 */
function restAfter(batchMs: number, intervalMs: number): number {
  return Math.max(0, Math.min(intervalMs - batchMs, restRatio * batchMs));
}

export interface LoopsOptions {
  config: Config;
  epoch: string;
  keeper: CaptureKeeper;
  log: Log;
  applier: Applier;
  stopping: AbortSignal;
  aborting: AbortSignal;
  lockSession: Connection;
  onLockLost: () => void;
  streamers: Map<string, StreamerStatus>;
  timing: PeerTiming;
  onBatch?: InstanceOptions["onBatch"];
}

/** Runs until `stopping` fires. Rejects with the first failure that no loop can deal with. */
export async function runLoops(options: LoopsOptions): Promise<void> {
  const failed = new AbortController();
  const stopping = AbortSignal.any([options.stopping, failed.signal]);
  const all = { ...options, stopping };
  const loops = [watchLock(all), retrySchemas(all), buildIndexes(all), sweepShadows(all)];
  const { compression, rate_limit } = options.config.load;
  const rateLimit = rate_limit === undefined ? undefined : new RateLimit(rate_limit);
  for (const [name, target] of Object.entries(options.config.targets)) {
    const link = new TargetLink(name, target, { ...options.timing, compression });
    loops.push(stream(all, link), load(all, { link, rateLimit }));
  }
  if (Object.keys(options.config.targets).length > 0) loops.push(vacuum(all), watchCatalogs(all));
  const settled = await Promise.allSettled(loops.map((loop) =>
    loop.catch((error: unknown) => {
      failed.abort();
      throw error;
    })
  ));
  const first = settled.find((outcome) => outcome.status === "rejected");
  if (first !== undefined) throw first.reason;
}

/** Without its session the lock is gone, and another instance may become active. */
async function watchLock({ lockSession, onLockLost, stopping, log }: LoopsOptions): Promise<void> {
  await supervise("The instance lock", async () => {
    try {
      await lockSession.run("select 1");
    } catch (error) {
      log.error("The session that holds the instance lock was lost", { error });
      onLockLost();
    }
    return lockCheckMs;
  }, { log, signal: stopping, baseDelayMs: lockCheckMs });
}

async function stream(options: LoopsOptions, link: TargetLink): Promise<void> {
  const { config, epoch, keeper, stopping, aborting, streamers, onBatch } = options;
  const { processing_intervals: intervals, database, max_events_per_batch } = config;
  const log = options.log.with({ target: link.name });
  await using control = new SessionSlot(database, `control ${link.name}`);
  await using reader = new SessionSlot(database, `batch ${link.name}`);
  const streamer = new Streamer({
    link,
    epoch,
    existing: config.load.existing,
    keeper,
    log,
    maxEventsPerBatch: max_events_per_batch,
    sequenceIntervalMs: intervals.ddlwatcher,
    holdDelayMs: intervals.applier,
    signal: aborting,
    onBatch: onBatch && ((batch, snapshot) => onBatch(link.name, batch, snapshot)),
  });
  await using _ahead = { [Symbol.asyncDispose]: () => streamer.finish() };
  let failure: TeleportError | undefined;
  streamers.set(link.name, {
    get batches() {
      return streamer.counters.batches;
    },
    get rows() {
      return streamer.counters.rows;
    },
    get caughtUpAt() {
      return streamer.counters.caughtUpAt;
    },
    get failure() {
      return failure;
    },
  });
  await supervise("Streaming", async () => {
    const begun = performance.now();
    const outcome = await streamer.step(await control.get(), await reader.get());
    switch (outcome) {
      case "behind":
        return 0;
      case "idle":
        return intervals.batcher;
      case "sent":
        return restAfter(performance.now() - begun, intervals.batcher);
    }
  }, {
    log,
    signal: stopping,
    baseDelayMs: intervals.transmitter,
    onFailure: (error) => {
      failure = error instanceof TeleportError ? error : undefined;
    },
  });
}

async function load(
  options: LoopsOptions,
  { link, rateLimit }: { link: TargetLink; rateLimit: RateLimit | undefined },
): Promise<void> {
  const { config, epoch, keeper, stopping } = options;
  const log = options.log.with({ target: link.name });
  await using control = new SessionSlot(config.database, `loads ${link.name}`);
  const runner = new LoadRunner({
    link,
    keeper,
    log,
    retryMs: config.processing_intervals.applier,
    open: () => Connection.open(config.database, `load ${link.name}`),
    workers: config.load.workers,
    context: {
      source: epoch,
      chunkSize: { batchSize: config.batch_size, chunkBytes: config.load.chunk_bytes },
      rateLimit,
      existing: config.load.existing,
      signal: stopping,
    },
  });
  await supervise("Loading", async () => {
    await runner.step(await control.get());
    await runner.rest(loadCheckMs);
    return 0;
  }, { log, signal: stopping, baseDelayMs: loadCheckMs });
  await runner.finished();
}

async function retrySchemas({ applier, config, log, stopping }: LoopsOptions): Promise<void> {
  const { applier: baseMs } = config.processing_intervals;
  const retrier = new SchemaRetrier({ applier, log, baseMs });
  await supervise("Trying the schema again", () => retrier.step(), {
    log,
    signal: stopping,
    baseDelayMs: baseMs,
  });
}

/** A load of a source that is no more, or was given up, leaves rows that nobody reads. */
async function sweepShadows({ applier, log, stopping }: LoopsOptions): Promise<void> {
  await supervise("Dropping shadow tables", async () => {
    const dropped = await applier.dropStrayShadows();
    if (dropped > 0) log.info("Dropped shadow tables of loads that are over", { dropped });
    return shadowCheckMs;
  }, { log, signal: stopping, baseDelayMs: shadowCheckMs });
}

async function buildIndexes({ applier, config, log, stopping }: LoopsOptions): Promise<void> {
  await using session = new SessionSlot(config.database, "index watch");
  const { applier: baseMs } = config.processing_intervals;
  const open = () => Connection.open(config.database, "index");
  const builder = new IndexBuilder({ applier, log, open, baseMs, signal: stopping });
  await supervise("Building indexes", async () => builder.step(await session.get()), {
    log,
    signal: stopping,
    baseDelayMs: baseMs,
  });
}

async function vacuum({ config, log, stopping }: LoopsOptions): Promise<void> {
  await using session = new SessionSlot(config.database, "vacuum");
  const intervalMs = config.processing_intervals.vacuum;
  const memory = createSlotMemory();
  const alarm = new QueueAlarm(log);
  await supervise("The vacuum", async () => {
    const connection = await session.get();
    alarm.check(await vacuumSlots(connection, { memory }));
    await pruneLedger(connection);
    await recordLastTxid(connection);
    return intervalMs;
  }, { log, signal: stopping, baseDelayMs: intervalMs });
}

async function watchCatalogs({ config, keeper, log, stopping }: LoopsOptions): Promise<void> {
  await using session = new SessionSlot(config.database, "ddlwatcher");
  const intervalMs = config.processing_intervals.ddlwatcher;
  await supervise("The ddlwatcher", async () => {
    await keeper.watch(await session.get());
    return intervalMs;
  }, { log, signal: stopping, baseDelayMs: intervalMs });
}
