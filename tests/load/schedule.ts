/** One random schedule: what two sessions of the application do to one table between the steps of its load. */
import type { Random } from "../pair/mod.ts";
import type { Session } from "../postgres/mod.ts";
import { fillTable, type Kind } from "./kinds.ts";
import type { Operation, Scene } from "./operations.ts";

export interface ScheduleOptions {
  kind: Kind;
  number: number;
  table: string;
  random: Random;
  /** Commits each operation. */
  session: Session;
  /** Its transactions stay open over several steps. */
  lasting: Session;
}

export class Schedule {
  readonly kind: Kind;
  readonly number: number;
  readonly table: string;
  /** What was done, in order. */
  readonly trace: string[] = [];
  /** Set when the table has other partitions than before. */
  hasAltered = false;
  /** An operation that failed: the schedule says nothing then. */
  failure: unknown;
  readonly #options: ScheduleOptions;
  readonly #random: Random;
  readonly #scene: Pick<Scene, "table" | "step" | "isAttached">;
  /** Steps that still do something. */
  #left: number;
  /** Steps until the open transaction ends; undefined where there is none. */
  #lasts: number | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.number = options.number;
    this.table = options.table;
    this.#random = options.random;
    this.#scene = { table: options.table, step: 0, isAttached: false };
    this.#left = options.random.int(3, 7);
  }

  /** The table, and what is part of it at times. */
  get relations(): string[] {
    return [this.table, ...(this.kind.hasExtra ? [`${this.table}_x`] : [])];
  }

  /** Fills the table. Sometimes a transaction is open from then on. */
  async begin(): Promise<void> {
    const { kind, table, session } = this.#options;
    if (kind.hasExtra) await this.#detach();
    await this.#run(session, "fills", fillTable(kind, table, this.#random));
    if (this.#random.chance(0.3)) await this.#openTransaction();
  }

  /** Something happens between two steps of the load, unless enough has. */
  between(moment: string): Promise<void> {
    return this.#queue(async () => {
      if (this.#left <= 0) return;
      this.#left -= 1;
      this.trace.push(`-- ${moment}`);
      await this.#act();
    });
  }

  /** Something happens once more, and nothing stays open. */
  end(): Promise<void> {
    return this.#queue(async () => {
      this.trace.push("-- loaded");
      await this.#act();
      await this.#closeTransaction();
    });
  }

  /** What moments of two workers bring comes one after the other. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#working = this.#working.then(async () => {
      if (this.failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        this.failure = error;
      }
    });
    return this.#working;
  }

  async #act(): Promise<void> {
    const random = this.#random;
    if (this.#lasts !== undefined && --this.#lasts <= 0) await this.#closeTransaction();
    if (this.#lasts === undefined && random.chance(0.35)) await this.#openTransaction();
    for (let left = random.int(1, 3); left > 0; left -= 1) {
      const operation = random.pickWeighted(this.kind.operations);
      if (operation.isExclusive) await this.#closeTransaction();
      for (const text of this.#write(operation, (key) => `${key} % 5 <> 4`)) {
        await this.#run(this.#options.session, "", text);
      }
    }
  }

  async #openTransaction(): Promise<void> {
    const random = this.#random;
    const operation = random.pickWeighted(
      this.kind.operations.filter(({ isExclusive }) => isExclusive !== true),
    );
    const [text = ""] = this.#write(operation, (key) => `${key} % 5 = 4`);
    this.#lasts = random.int(1, 4);
    await this.#run(this.#options.lasting, "lasting", `begin; ${text}`);
  }

  async #closeTransaction(): Promise<void> {
    if (this.#lasts === undefined) return;
    this.#lasts = undefined;
    const end = this.#random.chance(0.15) ? "rollback" : "commit";
    await this.#run(this.#options.lasting, "lasting", end);
  }

  #write(operation: Operation, isMine: Scene["isMine"]): string[] {
    this.#scene.step += 1;
    // Without event triggers the rows of a partition that comes and goes between two looks belong to it alone.
    const isOfTree = (key: string) => `${isMine(key)} and ${key} not between 4000 and 4999`;
    const scene = { ...this.#scene, isMine: this.kind.hasExtra ? isOfTree : isMine };
    const texts = operation.write(scene, this.#random);
    this.hasAltered ||= scene.isAttached !== this.#scene.isAttached;
    this.#scene.isAttached = scene.isAttached;
    return texts;
  }

  /** The partition that comes and goes is not there when a schedule begins. */
  async #detach(): Promise<void> {
    const { table, session } = this.#options;
    const { rows } = await session.query(
      "select 1 from pg_inherits where inhrelid = $1::regclass",
      [`${table}_x`],
    );
    if (rows.length > 0) {
      await this.#run(session, "fills", `alter table ${table} detach partition ${table}_x`);
      this.hasAltered = true;
    }
  }

  async #run(session: Session, who: string, text: string): Promise<void> {
    this.trace.push(`${who} ${text.replaceAll(/\s+/g, " ")}`.trim());
    await session.query(text);
  }
}
