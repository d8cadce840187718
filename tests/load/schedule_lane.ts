/** Tables of one structure in one pair of databases: in each round every table has one schedule, from nothing. */
import { deepStrictEqual } from "node:assert/strict";
import { z } from "zod";
import { quoteIdentifier } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import { digestTables, type Random } from "../pair/mod.ts";
import { connect, type ServerPair, type Session } from "../postgres/mod.ts";
import { createTable, type Kind } from "./kinds.ts";
import { type Lane, type LoadSettings, openLane } from "./lane.ts";
import { Schedule } from "./schedule.ts";
import shuffle from "./shuffle.sql" with { type: "text" };

/** Of a lane: so many schedules are run at once. */
export const tables = 10;

const names = Array.from({ length: tables }, (_, place) => `t${place}`);

/** Superuser's sessions. */
type Watchers = Record<"source" | "target", Connection>;

export interface Round {
  /** `place` is the table's. */
  round: readonly { number: number; place: number; random: Random }[];
  random: Random;
}

interface Parts {
  lane: Lane;
  watchers: Watchers;
  sessions: readonly { session: Session; lasting: Session }[];
  stack: AsyncDisposableStack;
}

export class ScheduleLane implements AsyncDisposable {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** With tables as the kind needs them. */
  static async open(servers: ServerPair, kind: Kind): Promise<ScheduleLane> {
    await using stack = new AsyncDisposableStack();
    // The key of every fourth table stays on the target while it is loaded.
    const setup = names.map((table, place) =>
      createTable(kind, { table, isKept: place % 4 === 3 })
    );
    const lane = stack.use(await openLane({ servers, setup: setup.join("\n") }));
    const open = async () => stack.use(await connect(lane.pair.source.urlAs(lane.pair.owner)));
    const sessions: { session: Session; lasting: Session }[] = [];
    for (const _ of names) sessions.push({ session: await open(), lasting: await open() });
    const watchers = {
      source: stack.use(await lane.pair.open("source")),
      target: stack.use(await lane.pair.open("target")),
    };
    await watchers.source.run(shuffle);
    return new ScheduleLane({ lane, watchers, sessions, stack: stack.move() });
  }

  /** @throws what is not equal in the end, with what happened to the table. */
  async run(kind: Kind, { round, random }: Round): Promise<void> {
    const { sessions } = this.#parts;
    const schedules = round.flatMap(({ number, place, random }) => {
      const own = sessions[place];
      return own === undefined ? [] : [
        new Schedule({ kind, number, table: `t${place}`, random, ...own }),
      ];
    });
    const settings = {
      workers: random.int(1, 2),
      chunkBytes: 8192 * random.int(5, 16),
    };
    try {
      await this.#load(schedules, { settings, salt: random.int(1, 9999) });
      await compare(this.#parts.watchers, schedules);
    } catch (error) {
      const traces = schedules.flatMap(({ number, trace }) => [`Schedule ${number}:`, ...trace]);
      const told = [error, JSON.stringify(settings), await this.#parts.lane.explain(), ...traces];
      throw new Error(told.join("\n"), { cause: error });
    }
  }

  async #load(
    schedules: readonly Schedule[],
    { settings, salt }: { settings: LoadSettings; salt: number },
  ): Promise<void> {
    const { lane, watchers } = this.#parts;
    await watchers.source.run(`select pg_catalog.setval('public.salt', ${salt})`);
    const watch = () => {
      for (const schedule of schedules.filter(({ hasAltered }) => hasAltered)) {
        schedule.hasAltered = false;
        lane.mustWatch = true;
      }
    };
    const byTable = new Map(schedules.map((schedule) => [schedule.table, schedule]));
    lane.onMoment = async (table, moment) => {
      const schedule = byTable.get(table);
      await schedule?.between(moment);
      watch();
    };
    for (const schedule of schedules) await schedule.begin();
    watch();
    await lane.load([...byTable.keys()], settings);
    for (const schedule of schedules) await schedule.end();
    watch();
    lane.onMoment = () => Promise.resolve();
    await lane.settle(settings);
    for (const { failure } of schedules) if (failure !== undefined) throw failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stack.disposeAsync();
  }
}

/** Rows and keys of both sides. */
async function compare(watchers: Watchers, schedules: readonly Schedule[]): Promise<void> {
  const named = schedules.flatMap(({ relations }) => relations)
    .map((name) => ({ schema: "public", name }));
  const there = await digestTables(watchers.source, named);
  const here = await digestTables(watchers.target, named);
  for (const { number, kind, relations } of schedules) {
    for (const name of relations.filter((name) => here[name] !== there[name])) {
      throw new Error(
        `Schedule ${number} of ${kind.name} ends wrong: ${name} has ${here[name]}, not ${
          there[name]
        }: ${await readDifferences(watchers, name)}`,
      );
    }
  }
  deepStrictEqual(await readIndexes(watchers.target), await readIndexes(watchers.source));
}

async function readDifferences({ source, target }: Watchers, name: string): Promise<string> {
  const read = async (connection: Connection) => {
    const rows = await connection.rows(
      z.object({ line: z.string() }),
      `select id || ' ' || u || ' ' || v || ' ' || part || ' ' || pg_catalog.md5(pad) as line
       from public.${quoteIdentifier(name)} order by 1`,
    );
    return rows.map(({ line }) => line);
  };
  const [there, here] = [await read(source), await read(target)];
  const lacking = there.filter((line) => !here.includes(line)).slice(0, 10);
  const surplus = here.filter((line) => !there.includes(line)).slice(0, 10);
  return JSON.stringify({ lacking, surplus, twice: here.length - new Set(here).size });
}

/** Of every table, without the names that they have by themselves. */
async function readIndexes(connection: Connection): Promise<string[]> {
  const rows = await connection.rows(
    z.object({ line: z.string() }),
    `select c.relname || ' ' || x.indisunique || ' ' || x.indisprimary || ' ' || x.indisvalid || ' '
       || x.indkey::text as line
     from pg_catalog.pg_index x
     join pg_catalog.pg_class c on c.oid = x.indrelid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' order by 1`,
  );
  return rows.map(({ line }) => line);
}
