/** The whole history through a running pair while the application writes, with a comparison now and then. */
import assert from "node:assert/strict";
import { openPair, type Pair, Random, say, waitFor } from "../../pair/mod.ts";
import { connect, runSql, type Session } from "../../postgres/mod.ts";
import { awaitEqual } from "../live/await_equal.ts";
import { statements, textOf } from "./application.ts";
import { ApplicationWriter } from "./application_writer.ts";
import { migrate, readHistory } from "./history.ts";

const stepsPerCheck = 10;

/** Transactions that are written between two steps at least. */
const writesPerStep = 20;

const schemas = ["public", "billing", "archive"];

export interface HistoryOptions {
  major: number;
  hasEventTriggers: boolean;
  seed: number;
}

export async function followHistory({ major, hasEventTriggers, seed }: HistoryOptions) {
  await using pair = await openPair({
    source: major,
    target: major,
    isSuperuser: hasEventTriggers,
    setup: "",
    targetExpression: schemas.map((schema) => `${schema}.*`),
  });
  await grantWhatComes(pair);
  await pair.start();
  // Rows that are there at first contact would want an initial load.
  await pair.caughtUp();
  const random = new Random(seed);
  const url = pair.source.urlAs(pair.owner);
  const writers = [0, 1, 2].map((number) => new ApplicationWriter(url, random.fork(number)));
  const writing = Promise.all(writers.map((writer) => writer.run()));
  writing.catch(() => {});
  try {
    await runHistory(pair, writers, writing);
  } finally {
    for (const writer of writers) writer.end();
  }
  await writing;
  await assertNothingIsRefused(pair);
  say(
    `seed ${seed}: ${count(writers, "written")} transactions, ${count(writers, "refused")} refused`,
  );
}

async function runHistory(
  pair: Pair,
  writers: readonly ApplicationWriter[],
  writing: Promise<unknown>,
): Promise<void> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  await using source = await pair.open("source");
  await using target = await pair.open("target");
  const history = await readHistory();
  assert.ok(history.length >= 60);
  const untried = new Set(statements.keys());
  for (const [at, migration] of history.entries()) {
    await migrate(session, migration);
    await tryOut(session, untried);
    const before = count(writers, "written");
    await Promise.race([
      writing,
      waitFor(() => count(writers, "written") >= before + writesPerStep, {
        what: `the application to write after ${migration.name}`,
        deadlineMs: 120_000,
      }),
    ]);
    if ((at + 1) % stepsPerCheck !== 0 && at + 1 < history.length) continue;
    await Promise.race([Promise.all(writers.map((writer) => writer.pause())), writing]);
    await awaitEqual(pair, schemas, { source, target, history: `up to ${migration.name}` });
    for (const writer of writers) writer.resume();
  }
  const never = [...untried].map((place) => statements[place]);
  assert.deepEqual(never, [], "no version of the schema takes these");
}

/** What the source's teleport role needs of schemas and tables that do not exist yet. */
async function grantWhatComes(pair: Pair): Promise<void> {
  const { server, name } = pair.source;
  const [owner, reader] = [pair.owner.name, pair.sourceConfig.database.username];
  const privileges = ["usage on schemas", "select, trigger on tables", "select on sequences"];
  const grants = privileges.map((privilege) =>
    `alter default privileges for role "${owner}" grant ${privilege} to "${reader}"`
  );
  await runSql(server.url(name), grants.join("; "));
}

async function assertNothingIsRefused(pair: Pair): Promise<void> {
  const rows = await runSql(
    pair.target.server.url(pair.target.name),
    "select error from teleport.applied_schema where error is not null",
  );
  assert.deepEqual(rows, []);
}

/** Tries statements that have not worked before; those that do are taken out. */
async function tryOut(session: Session, places: Set<number>): Promise<void> {
  for (const place of places) {
    const works = await session.query(textOf(place, 0)).then(() => true, () => false);
    if (works) places.delete(place);
  }
}

function count(writers: readonly ApplicationWriter[], what: "written" | "refused"): number {
  return writers.reduce((sum, writer) => sum + writer[what], 0);
}
