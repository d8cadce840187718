/** An application that writes to one table without end: two sessions change rows, a third changes the table itself. */
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import type { Kind } from "./kinds.ts";

/** Two sessions met: a unique value, a deadlock, a lock, a plan whose table changed, a view that needs a column. */
const expected = new Set([
  "23505",
  "40P01",
  "55P03",
  "0A000",
  "2BP01",
  "42804",
  "42P07",
  "40001",
  "42809",
  "42701",
]);
const writers = 2;

export interface ApplicationOptions {
  url: string;
  table: string;
  kind: Kind;
  random: Random;
  /** How often the table itself is changed, at most. */
  changes: number;
}

export class Application {
  /** Transactions that were committed. */
  committed = 0;
  /** Changes of the table that were committed. */
  readonly changed: string[] = [];
  readonly #options: ApplicationOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  #failure: { error: unknown } | undefined;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    const { random } = options;
    const work = [
      ...Array.from({ length: writers }, (_, place) => this.#write(place, random.fork(place))),
      this.#change(random.fork(writers)),
    ];
    this.#running = Promise.all(
      work.map((each) => each.catch((error: unknown) => this.#failure ??= { error })),
    );
  }

  /** @throws what a session ended with that no other explains. */
  assertRunning(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.assertRunning();
  }

  async #write(place: number, random: Random): Promise<void> {
    const { url, table, kind } = this.#options;
    await using session = await connect(url);
    const operations = kind.operations.filter(({ isExclusive }) => isExclusive !== true);
    // Steps name new keys: each session has its own, which come again after a while.
    for (let step = place + 1; !this.#stopping.signal.aborted; step += writers) {
      const scene = { table, isMine: () => "true", step: step % 90, isAttached: false };
      const text = random.pickWeighted(operations).write(scene, random).join(";");
      const end = random.chance(0.1) ? "rollback" : "commit";
      await tolerate(async () => {
        await session.query(`begin; set local lock_timeout = '2s'; ${text}`);
        if (random.chance(0.3)) await pause(random.int(1, 150));
        await session.query(end);
        this.committed += 1;
      });
      await session.query("rollback");
      await pause(random.int(1, 20));
    }
  }

  async #change(random: Random): Promise<void> {
    const { url, table, changes } = this.#options;
    await using session = await connect(url);
    await session.query("set lock_timeout = '5s'");
    for (let step = 0; step < changes && !this.#stopping.signal.aborted; step += 1) {
      await pause(random.int(20, 900));
      const text = random.pick(tableChanges)(table, step);
      await tolerate(async () => {
        await session.query(text);
        this.changed.push(text);
      });
    }
  }
}

/** What columns the table has besides those of its kind, one of these may have made. */
const tableChanges: ((table: string, step: number) => string)[] = [
  (table) => `vacuum full ${table}`,
  (table) => `vacuum ${table}`,
  (table) => `cluster ${table} using ${table}_pkey`,
  (table, step) => `alter table ${table} add column more_${step} int default ${step}`,
  (table, step) =>
    `alter table ${table} add column at_${step} timestamptz default clock_timestamp()`,
  (table) => dropping(table, (column) => `alter table ${table} drop column ${column}`),
  (table) =>
    dropping(table, (column) => `alter table ${table} rename column ${column} to ${column}_r`),
  (table) => `alter table ${table} alter column u type numeric using u + 0`,
  (table) => `alter table ${table} alter column u type bigint`,
  (table) => `alter table ${table} alter column v type bigint using v + 1`,
  (table) => `alter table ${table} alter column v set default 7`,
];

/** Does something with the newest column that was added, where there is one. */
function dropping(table: string, change: (column: string) => string): string {
  return `do $do$
    declare
      name text := (select attname from pg_attribute
        where attrelid = '${table}'::regclass and attnum > 5 and not attisdropped
        order by attnum desc limit 1);
    begin
      if name is not null then
        execute replace($change$${change("a_column")}$change$, 'a_column', quote_ident(name));
      end if;
    end $do$`;
}

async function tolerate(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !expected.has(code)) throw error;
  }
}
