/**
 * What to do about a batch that was not applied: look again, take a larger or a smaller window, send the schema, have a
 * table loaded, or hold it.
 */
import { UnreadableTable } from "../batch/mod.ts";
import { messageOf, Refusal, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { requestLoad } from "../state/mod.ts";
import type { BatchPreparer } from "./batch_preparer.ts";
import type { BatchSize } from "./batch_size.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import type { ForeignKeyBuilder } from "./foreign_keys.ts";
import { holdTable } from "./holding.ts";
import type { Log } from "./log.ts";
import { hasOwnWindow, lacksHeld, type PreparedBatch } from "./prepared_batch.ts";
import type { TargetLink } from "./target_link.ts";

const foreignKeyViolation = "23503";

export interface BatchRecoveryOptions {
  link: TargetLink;
  keeper: CaptureKeeper;
  log: Log;
  holdDelayMs: number;
  preparer: BatchPreparer;
  foreignKeys: ForeignKeyBuilder;
  size: BatchSize;
  /** Has the target asked what it holds. */
  reconnect: () => void;
}

export class BatchRecovery {
  readonly #options: BatchRecoveryOptions;
  /** A table that the batch before this one was refused for, without the held ones that this one has. */
  #refusedAlone: { root: number; error: Refusal } | undefined;

  constructor(options: BatchRecoveryOptions) {
    this.#options = options;
  }

  /** To be called when a batch has been acknowledged: the next is one like any other. */
  succeeded(): void {
    const { preparer } = this.#options;
    preparer.isWidened = false;
    preparer.takesHeld = false;
    preparer.leavesHeld = false;
    this.#refusedAlone = undefined;
  }

  /** Whether the failure has been dealt with, so that the next batch may be tried at once. */
  async recover(
    control: Connection,
    prepared: PreparedBatch | undefined,
    error: unknown,
  ): Promise<boolean> {
    const { link, keeper, log, preparer, size, foreignKeys, reconnect } = this.#options;
    const code = error instanceof TeleportError ? error.code : undefined;
    if (code === "gave_way") size.gaveWay();
    if (code === "restart_window" || code === "catalogs_moved") {
      log.debug(messageOf(error));
      if (code === "catalogs_moved") await keeper.sync(control);
      return true;
    }
    if (prepared === undefined) return false;
    if (error instanceof UnreadableTable) {
      return await this.#hold(control, prepared, error.root, error.message);
    }
    if (!(error instanceof Refusal)) return false;
    const { failure } = error.problem;
    if (failure === "conflict") {
      reconnect();
      return true;
    }
    if (failure === "schema" && prepared.schema === undefined) {
      link.mustSendSchema = true;
      return true;
    }
    if (failure !== "data" && failure !== "schema") return false;
    const root = error.table && link.findRoot(keeper.captured, error.table);
    if (!prepared.batch.isExact && !preparer.isWidened && !hasOwnWindow(prepared, root)) {
      // A cut window may lack the other half of a swap: the whole window has it.
      preparer.isWidened = true;
      return true;
    }
    if (root === undefined) return false;
    if (error.problem.code === "must_load") {
      log.warn("A table has to be loaded again", { error });
      await requestLoad(control, link.name, [root], { existing: null });
      return true;
    }
    // A table that is being loaded may still have the rows of before, which the others go on without.
    if (error.problem.sqlstate === foreignKeyViolation && foreignKeys.giveWay(prepared.tracked)) {
      return true;
    }
    return await this.#holdUnlessTogether(control, prepared, { root, error });
  }

  /**
   * A row may refer to one of a held table, and a row of that to one of this: neither goes alone, so that both
   * are tried together before the table is held.
   */
  async #holdUnlessTogether(
    control: Connection,
    prepared: PreparedBatch,
    refused: { root: number; error: Refusal },
  ): Promise<boolean> {
    const { preparer } = this.#options;
    const { root, error } = refused;
    const alone = this.#refusedAlone;
    this.#refusedAlone = undefined;
    preparer.takesHeld = false;
    const isOfForeignKey = error.problem.sqlstate === foreignKeyViolation;
    if (alone === undefined && isOfForeignKey && lacksHeld(prepared)) {
      this.#refusedAlone = refused;
      preparer.takesHeld = true;
      return true;
    }
    if (alone !== undefined && alone.root !== root) {
      await this.#hold(control, prepared, alone.root, alone.error.message);
    }
    return await this.#hold(control, prepared, root, error.message);
  }

  /** False where there is nothing to hold: at first contact, or a table that is not tracked. */
  async #hold(
    control: Connection,
    { request, tracked }: Pick<PreparedBatch, "request" | "tracked">,
    root: number,
    reason: string,
  ): Promise<boolean> {
    const { link, log, holdDelayMs: delayMs, preparer } = this.#options;
    const known = tracked.find(({ table }) => table.root === root);
    if (known === undefined || request.from === undefined) return false;
    const target = link.name;
    await holdTable(control, known, { target, log, delayMs, position: request.from, reason });
    preparer.leavesHeld = true;
    return true;
  }
}
