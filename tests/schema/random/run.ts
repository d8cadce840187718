/** DDL and writes side by side, with a comparison of everything now and then. */
import { openPair, Random, say } from "../../pair/mod.ts";
import { connect, type Session } from "../../postgres/mod.ts";
import { awaitEqual } from "../live/await_equal.ts";
import { readWorld, schemas } from "./catalog.ts";
import { chooseChange } from "./changes.ts";
import { Writer } from "./writer.ts";

const stepsPerCheck = 20;

export interface RandomOptions {
  major: number;
  hasEventTriggers: boolean;
  steps: number;
  seed: number;
}

const setup = `
  create schema other;
  create type e_first as enum ('a', 'b'); create domain d_first as integer check (value <> -1);
  create table t_first (id serial primary key, e e_first default 'a', d d_first, v text);
  create table t_second (id integer primary key, v integer, w timestamptz default now());
  create table other.t_third (id integer, part text, n numeric, primary key (id, part))`;

export async function followRandomChanges(options: RandomOptions): Promise<void> {
  const { major, hasEventTriggers, seed } = options;
  const random = new Random(seed);
  await using pair = await openPair({
    source: major,
    target: major,
    isSuperuser: hasEventTriggers,
    setup,
    schemas: [...schemas],
    targetExpression: schemas.map((schema) => `${schema}.*`),
  });
  await pair.start();
  await pair.caughtUp();
  const url = pair.source.urlAs(pair.owner);
  const writers = [0, 1, 2].map((number) => new Writer(url, random.fork(number)));
  const writing = Promise.all(writers.map((writer) => writer.run()));
  writing.catch(() => {});
  const history = new History();
  try {
    await using session = await connect(url);
    await using source = await pair.open("source");
    await using target = await pair.open("target");
    for (let step = 1; step <= options.steps; step++) {
      await change(session, { random, major, history });
      if (step % stepsPerCheck !== 0 && step < options.steps) continue;
      await Promise.race([Promise.all(writers.map((writer) => writer.pause())), writing]);
      await awaitEqual(pair, schemas, { source, target, history: history.recent });
      history.recent = [];
      for (const writer of writers) writer.resume();
    }
  } finally {
    for (const writer of writers) writer.end();
  }
  await writing;
  const written = writers.reduce((sum, writer) => sum + writer.written, 0);
  say(
    `seed ${seed}: ${options.steps} changes, ${history.refused} tries refused, ${written} transactions`,
  );
}

/** What was done since the last comparison, for the message of a failure. */
class History {
  recent: string[] = [];
  refused = 0;
}

/** One change that the source takes. */
async function change(
  session: Session,
  { random, major, history }: { random: Random; major: number; history: History },
): Promise<void> {
  await session.query("set lock_timeout = 5000");
  while (true) {
    const { name, sql } = chooseChange({ world: await readWorld(session), random, major });
    const isAlone = / add value /.test(sql);
    try {
      await session.query(isAlone ? sql : `begin; ${sql}; commit`);
      history.recent.push(`${new Date().toISOString().slice(11, 23)} ${name}: ${sql}`);
      return;
    } catch (error) {
      await session.query("rollback");
      history.refused += 1;
      const { message, where = "" } = error as { message: string; where?: string };
      if (/teleport/.test(`${message} ${where}`)) throw new Error(`${sql}: ${message}\n${where}`);
    }
  }
}
