/**
 * The end of a load: what its table had to lack is built. The long builds have a session and a transaction each, some
 * at a time, over all tables whose loads end. The last transaction gives what they have built its names, builds the rest and
 * records that all of it is there. Nothing else is recorded: what is missing is read from the catalog, so a request that
 * comes again goes on where the last one was.
 */
import {
  type Command,
  type CommandResult,
  displayName,
  loadNumber,
  quoteName,
  Refusal,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  buildIndexes,
  isAsMade,
  listSeparateBuilds,
  raiseBuildMemory,
  runSeparateBuild,
  type SeparateBuild,
} from "../schema/mod.ts";
import { readAppliedSnapshot } from "./applied_snapshot.ts";
import { lockBatches, lockLoad, readTreeBytes } from "./load_locks.ts";
import { lockName } from "./loaded_table.ts";
import type { SessionPool } from "./session.ts";
import { inTransaction } from "./transaction.ts";

export type BuildIndexes = Extract<Command, { kind: "buildIndexes" }>;
type NewerLoad = Extract<Command, { kind: "prepareLoad" | "abandonLoad" }>;

const lockTimeoutMs = 2000;

/** Ends of loads that have a short transaction at a time. */
const maxEnds = 8;

/** How often in a row the last transaction is given up because a batch changed what it had built. */
const maxRestarts = 5;

/** What a build reads at least: an index of so much takes a second or two, which a crash may cost. */
const defaultSeparateFromBytes = 32 * 1024 * 1024;

const done: CommandResult = { waiting: [], refused: [] };

export interface LoadEndsOptions {
  /** Of builds alone, see `Applier`. */
  sessions: SessionPool;
  /** Builds at a time. */
  workers: number;
  /** For tests. */
  separateFromBytes?: number | undefined;
}

/** How far the separate builds of a load are. */
export interface BuildProgress {
  table: BuildIndexes["table"];
  indexes: number;
  indexesBuilt: number;
}

export class LoadEnds {
  readonly #options: LoadEndsOptions;
  /** The last request of each load: one that comes again waits for the one before. */
  readonly #requests = new Map<string, Promise<unknown>>();
  readonly #progress = new Map<string, BuildProgress>();
  /** Builds under way, by the server process that is at work. */
  readonly #running = new Map<number, BuildIndexes>();
  #isStopped = false;

  constructor(options: LoadEndsOptions) {
    this.#options = options;
  }

  /** Of the loads whose indexes are being built. */
  get progress(): BuildProgress[] {
    return [...this.#progress.values()];
  }

  /** Ends the builds of older loads of a table that is about to be loaded anew, or not at all: that would wait for all of them. */
  async giveWay(newer: NewerLoad): Promise<void> {
    await this.#end((older) => isOutdated(older, newer));
  }

  /** Ends all that is being built: it is built again when the source asks for it again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#end(() => true);
  }

  async #end(isMeant: (step: BuildIndexes) => boolean): Promise<void> {
    const pids = [...this.#running].filter(([, step]) => isMeant(step)).map(([pid]) => pid);
    if (pids.length === 0) return;
    await this.#options.sessions.use("end", { limit: Infinity }, ({ connection }) =>
      connection.run(
        "select pg_catalog.pg_terminate_backend(p) from pg_catalog.unnest($1::integer[]) p",
        [pids],
      ));
  }

  /** @throws Refusal */
  async run(step: BuildIndexes): Promise<CommandResult> {
    const { load } = step;
    const before = this.#requests.get(load);
    const work = (async () => {
      // Whoever sent the one before is told how it failed.
      await before?.catch(() => undefined);
      await this.#run(step);
    })();
    this.#requests.set(load, work);
    try {
      await work;
    } finally {
      if (this.#requests.get(load) === work) this.#requests.delete(load);
    }
    return done;
  }

  async #run(step: BuildIndexes): Promise<void> {
    try {
      for (let restarts = 0;; restarts++) {
        const isAnalyzed = await this.#buildSeparately(step);
        if (await this.#complete(step, isAnalyzed)) return;
        if (restarts >= maxRestarts) {
          throw transient(`The schema of ${displayName(step.table)} changes all the time`);
        }
      }
    } finally {
      this.#progress.delete(step.load);
    }
  }

  /**
   * Until nothing is left: a batch may drop what is built, and bring more.
   * @returns whether there was anything, and the table was analyzed afterwards.
   */
  async #buildSeparately(step: BuildIndexes): Promise<boolean> {
    const { load, table } = step;
    for (let last = "";;) {
      const builds = await this.#inTransaction(
        "step",
        step,
        (session) => this.#plan(session, step),
      );
      const left = JSON.stringify(builds);
      if (builds.length === 0) return last !== "";
      // They could not be built by themselves after all: the last transaction tells why, or builds them.
      if (left === last) return true;
      last = left;
      const indexes = builds.reduce((count, { parts }) => count + parts.length, 0);
      const progress = { table, indexes, indexesBuilt: 0 };
      this.#progress.set(load, progress);
      await this.#buildAll(step, builds, ({ parts }) => progress.indexesBuilt += parts.length);
      await this.#inTransaction("step", step, (session) => this.#analyze(session, step));
    }
  }

  /** The first failure is told when all that had begun have ended. */
  async #buildAll(
    step: BuildIndexes,
    builds: readonly SeparateBuild[],
    onBuilt: (build: SeparateBuild) => void,
  ): Promise<void> {
    let failure: { error: unknown } | undefined;
    await Promise.all(builds.map(async (build) => {
      try {
        await this.#inTransaction("index", step, async (session) => {
          if (failure === undefined) await this.#build(session, step, build);
        });
        onBuilt(build);
      } catch (error) {
        failure ??= { error };
      }
    }));
    if (failure !== undefined) throw failure.error;
  }

  /** What is short never waits for what is long. */
  async #inTransaction<Result>(
    kind: "step" | "index",
    { table }: BuildIndexes,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const { sessions, workers } = this.#options;
    const limit = { limit: kind === "index" ? workers : maxEnds, waiting: Infinity };
    return await sessions.use(kind, limit, (session) => {
      if (this.#isStopped) throw transient("The target is stopping");
      const { connection } = session;
      return inTransaction(session, { current: table, touched: [] }, async () => {
        await connection.limitLockWaits(lockTimeoutMs);
        return await work(connection);
      });
    });
  }

  async #plan(connection: Connection, step: BuildIndexes): Promise<SeparateBuild[]> {
    const { separateFromBytes: bytes = defaultSeparateFromBytes } = this.#options;
    const { mode, isBuilt, relation } = await lockLoad(connection, step, "share");
    if (isBuilt || mode !== "bare") return [];
    if (await readTreeBytes(connection, relation) < bytes) return [];
    const snapshot = await readAppliedSnapshot(connection, step);
    return await listSeparateBuilds(connection, snapshot, { table: step.table, bytes });
  }

  /** While it runs nothing can begin another load of the table, catch up once more, or end the load. */
  async #build(connection: Connection, step: BuildIndexes, build: SeparateBuild): Promise<void> {
    const { isBuilt } = await lockLoad(connection, step, "share");
    if (isBuilt) return;
    const members = new Map(build.parts.map(({ member }) => [member.oid, member]));
    for (const member of members.values()) await lockName(connection, member);
    await this.#mayTakeLong(connection);
    const snapshot = await readAppliedSnapshot(connection, step);
    const pid = await connection.backendPid();
    this.#running.set(pid, step);
    try {
      await runSeparateBuild(connection, snapshot, { table: step.table, build });
    } finally {
      this.#running.delete(pid);
    }
  }

  async #analyze(connection: Connection, step: BuildIndexes): Promise<void> {
    await lockLoad(connection, step, "share");
    await this.#mayTakeLong(connection);
    await connection.run(`analyze ${quoteName(step.table)}`);
  }

  /** @returns false where a batch has changed meanwhile what was built here: nothing is done then. */
  async #complete(step: BuildIndexes, isAnalyzed: boolean): Promise<boolean> {
    const { load, table } = step;
    try {
      await this.#inTransaction("step", step, async (connection) => {
        await lockLoad(connection, step, "update");
        await this.#mayTakeLong(connection);
        const before = await readAppliedSnapshot(connection, step);
        const made = await buildIndexes(connection, before, table);
        if (!isAnalyzed) await connection.run(`analyze ${quoteName(table)}`);
        await lockBatches(connection, step);
        // A batch at work took the table for bare: what it brings has to be built too.
        const now = await readAppliedSnapshot(connection, step);
        if (!isAsMade(connection, now, made)) throw new OutdatedBuilds();
        await buildIndexes(connection, now, table);
        await connection.run("delete from teleport.applied_chunk where load = $1", [load]);
        await connection.run(
          "update teleport.applied_load set is_built = true where load = $1",
          [load],
        );
      });
      return true;
    } catch (error) {
      if (error instanceof OutdatedBuilds) return false;
      throw error;
    }
  }

  async #mayTakeLong(connection: Connection): Promise<void> {
    await connection.limitLockWaits(0);
    await raiseBuildMemory(connection, this.#options.workers);
  }
}

function isOutdated(older: BuildIndexes, newer: NewerLoad): boolean {
  return older.source === newer.source && older.target === newer.target &&
    quoteName(older.table) === quoteName(newer.table) &&
    loadNumber(older.load) < loadNumber(newer.load);
}

/** What was built is not wanted so any more. */
class OutdatedBuilds extends Error {}

function transient(message: string): Refusal {
  return new Refusal({ failure: "transient", code: "peer_refused", message });
}
