/** Runs the loads of one target: a few tables at a time, each until it follows or has to wait. */
import type { CapturedRelation } from "../capture/mod.ts";
import {
  type LoadContext,
  PlanOutdated,
  readTableSizes,
  SessionPool,
  TableLoad,
  WorkerPool,
} from "../load/mod.ts";
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

const longestRetryMs = 60_000;
const foreignKeyViolation = "23503";

export interface LoadRunnerOptions {
  link: TargetLink;
  keeper: CaptureKeeper;
  log: Log;
  context: Pick<LoadContext, "source" | "chunkSize" | "rateLimit" | "existing" | "signal">;
  /** A new session on the source. */
  open: () => Promise<Connection>;
  /** How many chunks are on their way at a time. */
  workers: number;
  retryMs: number;
}

interface RunningLoad {
  work: Promise<void>;
  cancel: AbortController;
  /** Undefined while it has not begun. */
  load?: TableLoad;
  /** Begun as the smallest of those that waited. */
  isSmall: boolean;
}

export class LoadRunner {
  readonly #options: LoadRunnerOptions;
  readonly #context: LoadContext;
  readonly #sessions: SessionPool;
  readonly #running = new Map<number, RunningLoad>();
  /** Pages by root, as of when they were first asked for. */
  readonly #sizes = new Map<number, number>();
  #failure: unknown;

  constructor(options: LoadRunnerOptions) {
    this.#options = options;
    const { link, workers } = options;
    this.#sessions = new SessionPool(options.open);
    this.#context = {
      ...options.context,
      sessions: this.#sessions,
      workers: new WorkerPool({ sessions: this.#sessions, workers }),
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
    if (this.#running.size === 0) await this.#sessions.closeIdle();
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
    const ready = due.flatMap((progress) => {
      // Before its columns have got there once, there is nothing to load into.
      if (!link.columns.has(progress.relation)) return [];
      const table = keeper.captured.find(({ root }) => root === progress.relation);
      return table !== undefined && link.takes(table) ? [{ table, progress }] : [];
    });
    await this.#startSome(control, ready);
  }

  /**
   * The largest first, since they and their indexes take longest; but one place is the smallest's, so that many
   * small tables do not wait for a large one. What only has its indexes built leaves its place to another.
   */
  async #startSome(
    control: Connection,
    ready: readonly { table: CapturedRelation; progress: TableProgress }[],
  ): Promise<void> {
    const { workers } = this.#options;
    const isFull = () => {
      const loads = [...this.#running.values()];
      return loads.length >= 2 * workers + 2 ||
        loads.filter(({ load }) => !load?.isCopied).length > workers;
    };
    if (ready.length === 0 || isFull()) return;
    const unknown = ready.map(({ table }) => table.root).filter((root) => !this.#sizes.has(root));
    for (const [root, pages] of await readTableSizes(control, unknown)) {
      this.#sizes.set(root, pages);
    }
    const sizeOf = (table: CapturedRelation) => this.#sizes.get(table.root) ?? 0;
    const left = ready.toSorted((one, other) => sizeOf(one.table) - sizeOf(other.table));
    while (left.length > 0 && !isFull()) {
      const isSmall = ![...this.#running.values()].some((running) => running.isSmall);
      const next = isSmall ? left.shift() : left.pop();
      if (next !== undefined) this.#start(next.table, { ...next, isSmall });
    }
  }

  /** Resolves when a load has ended, which leaves room for another, or after `ms`. */
  async rest(ms: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#context.signal, over.signal]);
    await Promise.race([sleep(ms, signal), ...[...this.#running.values()].map(({ work }) => work)]);
    over.abort();
  }

  /** Resolves when every load that was started has ended. */
  async finished(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ work }) => work));
    await this.#sessions.closeIdle();
  }

  #start(
    table: CapturedRelation,
    { progress, isSmall }: { progress: TableProgress; isSmall: boolean },
  ): void {
    const running: RunningLoad = {
      work: Promise.resolve(),
      isSmall,
      cancel: new AbortController(),
    };
    this.#run(table.root, { running, task: this.#load(table, { progress, running }) });
  }

  #run(relation: number, { running, task }: { running: RunningLoad; task: Promise<void> }): void {
    this.#running.set(relation, running);
    running.work = task
      .catch((error: unknown) => this.#failure = error)
      .then(() => {
        this.#running.delete(relation);
        this.#sizes.delete(relation);
      });
  }

  /** Ends what runs of the loads; once it has ended, the target gives up what came of them. */
  #cancel(cancelled: readonly TableProgress[]): void {
    const { link, keeper, log } = this.#options;
    const { source, signal } = this.#context;
    for (const progress of cancelled) {
      const table = keeper.captured.find(({ root }) => root === progress.relation);
      const running = this.#running.get(progress.relation);
      if (running !== undefined) running.cancel.abort();
      else if (progress.isDue && table !== undefined) {
        const sessions = this.#sessions;
        this.#run(progress.relation, {
          running: { work: Promise.resolve(), isSmall: false, cancel: new AbortController() },
          task: cancelLoad({ sessions, source, signal, link, log, table, progress }),
        });
      }
    }
  }

  async #load(
    table: CapturedRelation,
    { progress, running }: { progress: TableProgress; running: RunningLoad },
  ): Promise<void> {
    const log = this.#options.log.with({ table: displayName(table) });
    log.info(progress.state === "queued" ? "Loading" : "Loading goes on");
    const signal = AbortSignal.any([this.#context.signal, running.cancel.signal]);
    try {
      const { rows } = await this.#sessions.use(async (control) => {
        using _cut = cutWhen(running.cancel.signal, control);
        running.load = new TableLoad({ context: { ...this.#context, signal }, control, table });
        return await running.load.run(progress);
      });
      log.info("Loaded", { rows });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TeleportError)) throw error;
      const load = running.load?.load;
      await this.#sessions.use((fresh) => this.#wait(fresh, { table, load, log, error }));
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
      isRewritten: error instanceof PlanOutdated && error.isRewritten,
      retryInMs: Math.min(retryMs * 2 ** Math.min(now.attempts, 16), longestRetryMs),
    });
    if (mustAsk || now.reason === messageOf(error)) return;
    log.warn(isOutdated ? "The load starts again" : "The load waits", { error });
  }
}

/** Ends the session with the load: it may wait for a lock, for as long as somebody holds that. */
function cutWhen(signal: AbortSignal, session: Connection): Disposable {
  const cut = () => session.destroy();
  signal.addEventListener("abort", cut, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", cut) };
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
