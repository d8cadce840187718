/**
 * One instance: the server, and while it holds the database's instance lock, everything else.
 *
 * Owns timers and the two signals that end it: `stopping` lets each loop finish its step, `aborting`
 * cuts what still runs. A second instance on the same database stands by until the lock is free.
 */
import { Applier } from "../apply/mod.ts";
import { type OpenBatch } from "../batch/mod.ts";
import type { Config } from "../model/mod.ts";
import { type PeerServer, startServer } from "../peer/mod.ts";
import { Connection } from "../postgres/mod.ts";
import { checkEpoch, forgetOtherTargets, migrate, tryInstanceLock } from "../state/mod.ts";
import { CaptureKeeper } from "./capture_keeper.ts";
import type { Log } from "./log.ts";
import { runLoops } from "./loops.ts";
import { tellHazard } from "./schema_retrier.ts";
import { clearLoadBuilds, openLoadBuild } from "./load_build_sessions.ts";
import { InstanceReceiver } from "./receiver.ts";
import { SessionSlot } from "./session_slot.ts";
import { readStatus, type StreamerStatus } from "./status.ts";
import { supervise } from "./supervise.ts";

const standbyIntervalMs = 1000;
const drainMs = 20_000;
const idleTimeoutMs = 120_000;
const heartbeatMs = 10_000;

export interface InstanceOptions {
  config: Config;
  version: string;
  log: Log;
  /** False for a command that does an instance's work where none runs. */
  serves: boolean;
  /** See SchemaPolicy; for tests. */
  concurrentFromBytes?: number;
  /** See LoadEndsOptions; for tests. */
  separateFromBytes?: number | undefined;
  /** See StreamerOptions. */
  onBatch?:
    | ((target: string, batch: OpenBatch, snapshot: Connection) => Promise<void>)
    | undefined;
}

export class Instance {
  readonly #options: InstanceOptions;
  #server: PeerServer | undefined;
  #finished: Promise<void> = Promise.resolve();
  readonly #receiver: InstanceReceiver;
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  readonly #status: SessionSlot;
  readonly #streamers = new Map<string, StreamerStatus>();
  #keeper: CaptureKeeper | undefined;
  #epoch: string | undefined;

  private constructor(options: InstanceOptions) {
    this.#options = options;
    this.#status = new SessionSlot(options.config.database, "status");
    this.#receiver = new InstanceReceiver(() => this.readStatus());
  }

  /**
   * Starts an instance. Whatever would keep it from ever working is thrown here: the database cannot
   * be reached, the state is newer, the address is taken.
   */
  static async start(options: InstanceOptions): Promise<Instance> {
    const { database } = options.config;
    const connection = await Connection.open(database, "lock");
    try {
      await migrate(connection);
      const instance = new Instance(options);
      await instance.#listen();
      instance.#finished = instance.#run(connection).finally(() => instance.#close());
      instance.#finished.catch(() => undefined);
      return instance;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Resolves when the instance has stopped; rejects with what it cannot deal with. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /** The port that the server listens on. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  get isActive(): boolean {
    return this.#receiver.applier !== undefined;
  }

  /** Lets what runs come to an end, for a while, then ends it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#aborting.abort(), drainMs);
    try {
      await this.finished;
    } finally {
      clearTimeout(timer);
    }
  }

  async readStatus(): Promise<Record<string, unknown>> {
    const { config, version } = this.#options;
    return await readStatus(await this.#status.get(), {
      config,
      version,
      epoch: this.#epoch,
      isActive: this.isActive,
      keeper: this.#keeper,
      streamers: this.#streamers,
      builds: this.#receiver.applier?.builds ?? [],
    });
  }

  async #listen(): Promise<void> {
    const { config, serves } = this.#options;
    if (!serves) return;
    const timing = { idleTimeoutMs, heartbeatMs };
    this.#server = await startServer(this.#receiver, { ...config.server, ...timing });
  }

  async #run(lockSession: Connection): Promise<void> {
    const { log, config } = this.#options;
    let session: Connection | undefined = lockSession;
    let isTold = false;
    await supervise("The instance", async () => {
      session ??= await Connection.open(config.database, "lock");
      try {
        if (await tryInstanceLock(session)) {
          isTold = false;
          const isLockLost = await this.#activate(session);
          if (isLockLost) {
            // No failure to back off from, however often a server goes: it worked until now.
            await session.close();
            session = undefined;
          }
        } else if (!isTold) {
          log.info("Another instance is active on this database: standing by");
          isTold = true;
        }
      } catch (error) {
        await session?.close();
        session = undefined;
        throw error;
      }
      return standbyIntervalMs;
    }, { log, signal: this.#stopping.signal, baseDelayMs: standbyIntervalMs });
    await session?.close();
  }

  /** Works until stopped, or until the session that holds the lock is lost: true then. */
  async #activate(lockSession: Connection): Promise<boolean> {
    const { log, config, onBatch, concurrentFromBytes } = this.#options;
    const { database } = config;
    const { epoch, replaced, difference } = await checkEpoch(lockSession);
    this.#epoch = epoch;
    if (replaced) {
      log.error("This database was restored or copied: every target needs a new initial load", {
        difference: difference ?? "",
        hint: "Run: teleport -mode initial-load -load-target NAME, for each target",
      });
    }
    const forgotten = await forgetOtherTargets(lockSession, Object.keys(config.targets));
    for (const target of forgotten) log.warn("A target is no longer configured", { target });
    const keeper = new CaptureKeeper(config, log);
    this.#keeper = keeper;
    await clearLoadBuilds(lockSession);
    if (Object.keys(config.targets).length > 0) await keeper.sync(lockSession);
    const applier = new Applier({
      open: () => Connection.open(database, "apply"),
      builds: {
        open: () => openLoadBuild(database),
        workers: config.load.workers,
        separateFromBytes: this.#options.separateFromBytes,
      },
      epoch,
      hasTargets: Object.keys(config.targets).length > 0,
      policy: {
        drops: config.schema.drops,
        ...(concurrentFromBytes === undefined ? {} : { concurrentFromBytes }),
      },
      onBatch: ({ source, target, to }, { rows, hazards }) => {
        for (const hazard of hazards) tellHazard(log.with({ source, target }), hazard);
        log.debug("Applied a batch", { target, rows, to });
      },
      onHazard: ({ source, target }, hazard) => tellHazard(log.with({ source, target }), hazard),
    });
    const lockLost = new AbortController();
    const stopping = AbortSignal.any([this.#stopping.signal, lockLost.signal]);
    const aborting = AbortSignal.any([this.#aborting.signal, lockLost.signal]);
    this.#receiver.applier = applier;
    log.info("Active", {
      database: `${database.hostname}:${database.port}/${database.database}`,
      targets: Object.keys(config.targets).join(", "),
      ...(this.#server === undefined
        ? {}
        : { server: `${this.#server.hostname}:${this.#server.port}` }),
    });
    try {
      await runLoops({
        config,
        epoch,
        keeper,
        log,
        applier,
        stopping,
        aborting,
        lockSession,
        onLockLost: () => lockLost.abort(),
        streamers: this.#streamers,
        timing: { idleTimeoutMs, heartbeatMs },
        onBatch,
      });
    } finally {
      this.#receiver.applier = undefined;
      await applier.close();
    }
    return lockLost.signal.aborted;
  }

  async #close(): Promise<void> {
    await this.#server?.stop(drainMs);
    await this.#status[Symbol.asyncDispose]();
  }
}
