/** Runs the loads of one target: a few tables at a time, each until it follows or has to wait. */
import type { CapturedRelation } from "../capture/mod.ts";
import { type LoadContext, PlanOutdated, TableLoad } from "../load/mod.ts";
import {
  displayName,
  messageOf,
  originPosition,
  Refusal,
  type TableEvent,
  TeleportError,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { listTables, moveTable, readTarget, type TableProgress } from "../state/mod.ts";
import { sleep } from "./backoff.ts";
import { cancelLoad } from "./cancelled_load.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

const tablesAtOnce = 2;
const longestRetryMs = 60_000;
const foreignKeyViolation = "23503";

export interface LoadRunnerOptions {
  link: TargetLink;
  keeper: CaptureKeeper;
  log: Log;
  context: Omit<LoadContext, "peer" | "target" | "toTargetSchema" | "batchEnded" | "columnsThere">;
  retryMs: number;
}

export class LoadRunner {
  readonly #options: LoadRunnerOptions;
  readonly #context: LoadContext;
  readonly #running = new Map<number, Promise<void>>();
  readonly #cancels = new Map<number, AbortController>();
  #failure: unknown;

  constructor(options: LoadRunnerOptions) {
    this.#options = options;
    const { link } = options;
    this.#context = {
      ...options.context,
      peer: link.peer,
      target: link.name,
      toTargetSchema: link.toTargetSchema,
      batchEnded: () => link.batchEnded,
      columnsThere: (relation) => link.columns.get(relation),
    };
  }

  /** Starts what is due, as far as there is room. @throws what a running load could not deal with. */
  async step(control: Connection): Promise<void> {
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    const { link, keeper } = this.#options;
    const known = await listTables(control, link.name);
    this.#cancel(known.filter(({ state }) => state === "cancelling"));
    const due = known.filter(({ state, isDue, relation }) =>
      (state === "queued" || state === "loading") && isDue && !this.#running.has(relation)
    );
    if (due.length === 0) return;
    const record = await readTarget(control, link.name);
    // Before the first batch the target has no tables to load into.
    if (record === undefined || record.position === originPosition) return;
    for (const progress of due) {
      if (this.#running.size >= tablesAtOnce) return;
      // Before its columns have got there once, there is nothing to load into.
      if (!link.columns.has(progress.relation)) continue;
      const table = keeper.captured.find(({ root }) => root === progress.relation);
      if (table !== undefined && link.takes(table)) this.#start(table, progress);
    }
  }

  /** Resolves when a load has ended, which leaves room for another, or after `ms`. */
  async rest(ms: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#context.signal, over.signal]);
    await Promise.race([sleep(ms, signal), ...this.#running.values()]);
    over.abort();
  }

  /** Resolves when every load that was started has ended. */
  async finished(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #start(table: CapturedRelation, progress: TableProgress): void {
    const cancel = new AbortController();
    this.#cancels.set(table.root, cancel);
    this.#run(table.root, this.#load(table, progress, cancel.signal));
  }

  #run(relation: number, task: Promise<void>): void {
    const work = task
      .catch((error: unknown) => this.#failure = error)
      .finally(() => {
        this.#running.delete(relation);
        this.#cancels.delete(relation);
      });
    this.#running.set(relation, work.then(() => undefined));
  }

  /** Ends what runs of the loads; once it has ended, the target gives up what came of them. */
  #cancel(cancelled: readonly TableProgress[]): void {
    const { link, keeper, log } = this.#options;
    const { open, source, signal } = this.#context;
    for (const progress of cancelled) {
      const table = keeper.captured.find(({ root }) => root === progress.relation);
      if (this.#running.has(progress.relation)) this.#cancels.get(progress.relation)?.abort();
      else if (progress.isDue && table !== undefined) {
        const work = cancelLoad({ open, source, signal, link, log, table, progress });
        this.#run(progress.relation, work);
      }
    }
  }

  async #load(
    table: CapturedRelation,
    progress: TableProgress,
    cancel: AbortSignal,
  ): Promise<void> {
    const log = this.#options.log.with({ table: displayName(table) });
    await using control = await this.#context.open("load control");
    log.info(progress.state === "queued" ? "Loading" : "Loading goes on");
    const signal = AbortSignal.any([this.#context.signal, cancel]);
    const load = new TableLoad({ context: { ...this.#context, signal }, control, table });
    try {
      const { rows } = await load.run(progress);
      log.info("Loaded", { rows });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TeleportError)) throw error;
      await using fresh = await this.#context.open("load control");
      await this.#wait(fresh, { table, load: load.load, log, error });
    }
  }

  /** A load that failed goes on where it was, or from the start, after a while. */
  async #wait(
    control: Connection,
    { table, load, log, error }: {
      table: CapturedRelation;
      load: TableLoad["load"];
      log: Log;
      error: TeleportError;
    },
  ): Promise<void> {
    const { link, retryMs, keeper } = this.#options;
    if (error instanceof Refusal && error.problem.failure === "schema") {
      link.mustSendSchema = true;
    }
    const now = (await listTables(control, link.name))
      .find(({ relation }) => relation === table.root);
    if (now === undefined || (now.state !== "queued" && now.state !== "loading")) return;
    // Asked for anew, or begun anew by an instance that took over: what failed was of another load.
    if (now.load !== load) return;
    const isOfKey = error instanceof Refusal && error.problem.sqlstate === foreignKeyViolation;
    // The rows are there; they are merged when the key has gone.
    const mayGoOn = isOfKey && now.state === "loading";
    if (mayGoOn) link.keysAreInTheWay = true;
    const isOutdated = !mayGoOn && (isPlanOutdated(error) || isRefusedData(error));
    const mustAsk = error instanceof Refusal && error.problem.code === "target_has_rows";
    if (mustAsk) {
      log.warn("The table follows from now on, but is not loaded", { error });
    }
    const event: TableEvent = mustAsk
      ? "giveUp"
      : isOutdated
      ? "restart"
      : now.state === "queued"
      ? "hold"
      : "begin";
    if (isOutdated) await keeper.sync(control);
    await moveTable(control, {
      target: link.name,
      relation: table.root,
      from: now,
      event,
      position: keepsEvents(event, error) ? now.position : null,
      reason: messageOf(error),
      retryInMs: Math.min(retryMs * 2 ** Math.min(now.attempts, 16), longestRetryMs),
    });
    if (mustAsk || now.reason === messageOf(error)) return;
    log.warn(isOutdated ? "The load starts again" : "The load waits", { error });
  }
}

function isPlanOutdated(error: TeleportError): boolean {
  return error.code === "restart_window" || error.code === "catalogs_moved";
}

/**
 * A load that merges may have brought rows that are deleted before it begins again: the catch-up has to
 * tell, since nothing else removes them. Not where the events themselves are what stopped it.
 */
function keepsEvents(event: TableEvent, error: TeleportError): boolean {
  if (event === "begin" || event === "hold") return true;
  if (event !== "restart") return false;
  return error instanceof PlanOutdated
    ? !error.hasUnreadableEvents
    : isPlanOutdated(error) || isSuperseded(error);
}

/** The rows could not be stored, or the target knows nothing of this load: it starts again. */
function isRefusedData(error: TeleportError): boolean {
  return error instanceof Refusal && (error.problem.failure === "data" || isSuperseded(error));
}

function isSuperseded(error: TeleportError): boolean {
  return error instanceof Refusal && error.problem.code === "load_superseded";
}
