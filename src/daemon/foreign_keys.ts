/** Has the target create foreign keys once both of their tables follow with all their rows. */
import { displayName, type Position, Refusal } from "../model/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import type { Log } from "./log.ts";
import type { TrackedTable } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";

const retryMs = 5000;

export interface ForeignKeyBuilderOptions {
  link: TargetLink;
  epoch: string;
  keeper: CaptureKeeper;
  log: Log;
  signal: AbortSignal;
}

export class ForeignKeyBuilder {
  readonly #options: ForeignKeyBuilderOptions;
  #doneFor = "";
  #tryAt = 0;
  #refused = "";

  constructor(options: ForeignKeyBuilderOptions) {
    this.#options = options;
  }

  /** Makes the next call ask the target again. */
  forget(): void {
    this.#doneFor = "";
  }

  /**
   * Does nothing unless the set of ready tables or the schema changed, or a refused key is due.
   * @param at.position the target's, which no batch is about to move.
   */
  async complete(
    tracked: readonly TrackedTable[],
    at: { position: Position; isExact: boolean },
  ): Promise<void> {
    const { link, epoch, keeper, log, signal } = this.#options;
    const { position, isExact } = at;
    const ready = tracked
      .filter(({ progress }) => progress.state === "streaming" && progress.isLoaded)
      .map(({ table }) => link.toTarget(table));
    const state = JSON.stringify([keeper.version, ready.map(displayName)]);
    if (state === this.#doneFor) return;
    // A load has dropped keys, although all may be as before when the time has come.
    this.#doneFor = "";
    // Under a cut window the two ends of a key may be of different age.
    if (!isExact || Date.now() < this.#tryAt) return;
    this.#tryAt = Date.now() + retryMs;
    try {
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
      if (refused.length > 0) return;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.debug("Foreign keys wait", { error });
      return;
    }
    this.#doneFor = state;
    this.#tryAt = 0;
  }
}
