/**
 * Has the target create foreign keys once both of their tables follow with all their rows, and drop those of a
 * table that leaves the batches for a load: the rows of the others go on, and may refer to what it lacks. Where the
 * table keeps the rows that it has, so does it keep its keys, until one of them refuses a row.
 */
import { loadOrigin } from "../load/mod.ts";
import {
  displayName,
  existingOf,
  type ExistingRows,
  type Position,
  type QualifiedName,
  Refusal,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { readUpstreams } from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import type { Log } from "./log.ts";
import type { TrackedTable } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";

const retryMs = 5000;

export interface ForeignKeyBuilderOptions {
  link: TargetLink;
  epoch: string;
  /** `load.existing`. */
  existing: ExistingRows;
  keeper: CaptureKeeper;
  log: Log;
  signal: AbortSignal;
}

/** The tables as they are before a batch, at the target's position. */
export interface TablesAt {
  tracked: readonly TrackedTable[];
  position: Position;
  isExact: boolean;
}

export class ForeignKeyBuilder {
  readonly #options: ForeignKeyBuilderOptions;
  #doneFor = "";
  #tryAt = 0;
  #refused = "";
  /** Tables that had left when keys were last dropped. */
  #released = new Set<number>();
  #releaseAt = 0;

  constructor(options: ForeignKeyBuilderOptions) {
    this.#options = options;
  }

  /** Makes the next call ask the target again. */
  forget(): void {
    this.#doneFor = "";
    this.#released.clear();
    this.#releaseAt = 0;
  }

  /** To be called when the target has taken a schema: its keys may be others, or have gone with a rebuild. */
  recheck(): void {
    this.#doneFor = "";
  }

  /** Whether a table has left the batches whose keys may still be there. */
  mustRelease(tracked: readonly TrackedTable[]): boolean {
    return Date.now() >= this.#releaseAt &&
      this.#leaving(tracked).some(({ table }) => !this.#released.has(table.root));
  }

  /** Whether keys are still there that may have refused a row; if so, they are dropped before the next batch. */
  giveWay(tracked: readonly TrackedTable[]): boolean {
    const { link } = this.#options;
    if (link.keysAreInTheWay || !tracked.some(isLeaving)) return false;
    link.keysAreInTheWay = true;
    return true;
  }

  /** Tables that are to have no foreign keys until they are loaded. */
  #leaving(tracked: readonly TrackedTable[]): TrackedTable[] {
    const { link, existing: configured } = this.#options;
    const leaving = tracked.filter(isLeaving);
    if (link.keysAreInTheWay) return leaving;
    return leaving.filter(({ progress: { isOurs, existing: asked } }) =>
      existingOf({ isOurs, asked, configured }) === "replace"
    );
  }

  /** To be called before each batch, while none is on its way. */
  async adjust(control: Connection, at: TablesAt): Promise<void> {
    await this.#release(control, at);
    await this.#complete(at);
  }

  async #release(control: Connection, { tracked, position }: TablesAt): Promise<void> {
    const { link, epoch, signal, log } = this.#options;
    if (!tracked.some(isLeaving)) link.keysAreInTheWay = false;
    const leaving = this.#leaving(tracked);
    const left = new Set(leaving.map(({ table }) => table.root));
    if (!this.mustRelease(tracked)) {
      this.#released = this.#released.intersection(left);
      return;
    }
    try {
      const origin = loadOrigin(epoch, await readUpstreams(control));
      const tables = leaving.map(({ table }) => ({ ...link.toTarget(table), oid: table.root }));
      const place = { source: epoch, target: link.name };
      await link.peer.runCommand(
        { kind: "dropForeignKeys", ...place, position, origin, tables },
        signal,
      );
      this.#released = left;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Somebody reads a table for long. The load drops them in any case; until then a table may be held.
      this.#releaseAt = Date.now() + retryMs;
      log.debug("Foreign keys of tables that wait for their loads stay", { error });
    }
  }

  /** Does nothing unless the set of ready tables or the schema changed, or a refused key is due. */
  async #complete({ tracked, position, isExact }: TablesAt): Promise<void> {
    const { keeper, log } = this.#options;
    const ready = tracked
      .filter(({ progress }) => progress.state === "streaming" && progress.isLoaded)
      .map(({ table }) => this.#options.link.toTarget(table));
    const state = JSON.stringify([keeper.version, ready.map(displayName)]);
    if (state === this.#doneFor) return;
    // A load has dropped keys, although all may be as before when the time has come.
    this.#doneFor = "";
    // Under a cut window the two ends of a key may be of different age.
    if (!isExact || Date.now() < this.#tryAt) return;
    this.#tryAt = Date.now() + retryMs;
    try {
      if (!await this.#build(ready, position)) return;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.debug("Foreign keys wait", { error });
      return;
    }
    this.#doneFor = state;
    this.#tryAt = 0;
  }

  /** @returns whether none was refused. */
  async #build(ready: QualifiedName[], position: Position): Promise<boolean> {
    const { link, epoch, log, signal } = this.#options;
    const { refused } = await link.peer.runCommand(
      { kind: "buildForeignKeys", source: epoch, target: link.name, position, ready },
      signal,
    );
    const told = JSON.stringify(refused);
    if (told !== this.#refused) {
      for (const { object, error } of refused) {
        log.warn("The target refused a foreign key; it is tried again", { object, error });
      }
    }
    this.#refused = told;
    return refused.length === 0;
  }
}

function isLeaving({ progress }: TrackedTable): boolean {
  return ["queued", "loading", "cancelling"].includes(progress.state);
}
