/** A lane with one table whose pages hold a few rows each, for tests that name what comes between its chunks. */
import { deepStrictEqual } from "node:assert/strict";
import { z } from "zod";
import type { Connection } from "../../src/postgres/mod.ts";
import type { ServerPair } from "../postgres/mod.ts";
import { type Lane, type LoadSettings, openLane } from "./lane.ts";
import type { Moment } from "./target_end.ts";

/** Every page is a chunk of its own. */
export const settings: LoadSettings = { workers: 1, chunkBytes: 8192 };

export const rows = 64;

const setup = `
  create table item (id int primary key, u int not null unique, note text not null check (note <> ''));
  create index on item (note);
  create table line (id int primary key, item_id int references item);
  insert into item select i, i, repeat('x', 900) from generate_series(1, ${rows}) i;
  insert into line select i, i from generate_series(1, 10) i;`;

export class ItemLane implements AsyncDisposable {
  readonly lane: Lane;
  readonly target: Connection;
  readonly #stack: AsyncDisposableStack;

  constructor(parts: { lane: Lane; target: Connection; stack: AsyncDisposableStack }) {
    this.lane = parts.lane;
    this.target = parts.target;
    this.#stack = parts.stack;
  }

  /** On the source, as the application. */
  async write(...statements: string[]): Promise<void> {
    for (const statement of statements) await this.lane.pair.write(statement);
  }

  /** The only value of a query on the target. */
  async there(sql: string): Promise<string> {
    const { value } = await this.target.row(
      z.object({ value: z.string() }),
      `select (${sql})::text as value`,
    );
    return value;
  }

  /**
   * Loads the tables, and has `listener` told of each of item's moments, counted from 1 by its kind.
   * @returns how many moments of each kind there were.
   */
  async load(
    listener: (moment: Moment, count: number) => Promise<void>,
  ): Promise<Record<Moment, number>> {
    const counts: Record<Moment, number> = { planned: 0, chunk: 0, caughtUp: 0 };
    let failure: { error: unknown } | undefined;
    this.lane.onMoment = async (table, moment) => {
      if (table !== "item" || failure !== undefined) return;
      counts[moment] += 1;
      await listener(moment, counts[moment]).catch((error: unknown) => failure = { error });
    };
    await this.lane.load(["item", "line"], settings);
    this.lane.onMoment = () => Promise.resolve();
    if (failure !== undefined) throw failure.error;
    return counts;
  }

  /** The tables are equal on both sides. */
  async assertEqual(names: readonly string[] = ["item", "line"]): Promise<void> {
    const { source, target } = await this.lane.pair.digests(
      names.map((name) => ({ schema: "public", name })),
    );
    deepStrictEqual(target, source, this.lane.lines.slice(-20).join("\n"));
  }

  /** How often the load of the table began again. */
  get restarts(): number {
    return this.lane.lines.filter((line) => line.includes("The load starts again")).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** @param options.setup run on the source after the tables were made. */
export async function openItemLane(
  servers: ServerPair,
  options: { setup?: string } = {},
): Promise<ItemLane> {
  await using stack = new AsyncDisposableStack();
  const lane = stack.use(
    await openLane({ servers, setup: `${setup}${options.setup ?? ""}` }),
  );
  const target = stack.use(await lane.pair.open("target"));
  await target.run("set search_path = public");
  return new ItemLane({ lane, target, stack: stack.move() });
}
