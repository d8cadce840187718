/** A pair whose source has the tables of the catalogue, and hostile settings everywhere. */
import { initialLoad } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { openPair, type Pair, type PairOptions, targetName } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { type CataloguedType, typesOf } from "./catalogue.ts";
import { differences, type Question } from "./compare.ts";
import { hostileSession, makeHostile } from "./hostile.ts";
import { createGrown, type GrownTable, grownTables } from "./grown_tables.ts";
import { createKeyGroups, createKeyTables, type KeyTypes, readKeyTypes } from "./key_tables.ts";
import { questionsFor, questionsOf } from "./questions.ts";
import { createTables } from "./tables.ts";

export class TypePair implements AsyncDisposable {
  readonly pair: Pair;
  readonly types: readonly CataloguedType[];
  readonly keys: KeyTypes;
  /** The oldest of both servers' majors. */
  readonly major: number;
  readonly grown: readonly GrownTable[];
  #questions: readonly Question[] | undefined;

  private constructor(pair: Pair, { types, keys, major, grown }: TypeTables) {
    this.pair = pair;
    this.types = types;
    this.keys = keys;
    this.major = major;
    this.grown = grown;
  }

  /** Types that both servers have, and their empty tables. Instances are not running yet. */
  static async open(options: Omit<PairOptions, "setup">): Promise<TypePair> {
    await using stack = new AsyncDisposableStack();
    const pair = stack.use(
      await openPair({
        ...options,
        setup: "select 1",
        // Several chunks for each of the larger tables.
        config: { batch_size: 5 },
      }),
    );
    const majors = [pair.source.server.major, pair.target.server.major];
    const types = typesOf(majors);
    await createExtensions(pair, types);
    const tables = await createAll(pair, types, Math.min(...majors));
    for (const side of ["source", "target"] as const) {
      await makeHostile(pair[side], {
        side,
        ...(side === "source" ? { writer: pair.owner.name } : {}),
        teleport: pair[`${side}Config`].database.username,
      });
    }
    stack.move();
    return new TypePair(pair, tables);
  }

  /** Runs SQL on the source with the settings of role and database, or with others of the session's own. */
  async write(
    statements: readonly string[],
    options: { isOwnSession?: boolean } = {},
  ): Promise<void> {
    await this.pair.write([options.isOwnSession ? hostileSession : "", ...statements].join(";\n"));
  }

  /** Loads every table, as `-mode initial-load` does. */
  async load(): Promise<void> {
    await loadAll(this.pair);
  }

  async differences() {
    await this.pair.caughtUp(120_000);
    // Once the target has the types.
    this.#questions ??= await questionsFor(this.pair, this);
    return await differences(this.pair, this.#questions);
  }

  async grownDifferences() {
    await this.pair.caughtUp(120_000);
    return await differences(this.pair, questionsOf(this.pair, this.grown));
  }

  /** Of rows that are written on each side, with nothing but defaults. */
  async defaultDifferences() {
    const tables = this.grown.filter(({ hasConstants }) => hasConstants);
    const inserts = tables.map(({ name }) => `insert into public.${name} (id) values (-1)`);
    return await differences(this.pair, questionsOf(this.pair, tables), inserts.join(";"));
  }

  /** The files of the source's tables whose new columns need no rewrite. */
  async readPlainFiles() {
    return await this.pair.write(
      `select relname, relfilenode from pg_class where relname ~ '^plain_[0-9]+$' order by 1`,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pair[Symbol.asyncDispose]();
  }
}

interface TypeTables {
  types: readonly CataloguedType[];
  keys: KeyTypes;
  major: number;
  grown: readonly GrownTable[];
}

/** By the owner, whose settings are the server's own still. */
async function createAll(
  pair: Pair,
  types: readonly CataloguedType[],
  major: number,
): Promise<TypeTables> {
  const run = (sql: string) => runSql(pair.source.urlAs(pair.owner), sql);
  const grown = grownTables(types, major);
  await run([createTables(types, major), createKeyTables(types), createGrown(grown)].join(";\n"));
  const keys = await readKeyTypes(pair.source, types);
  await run(createKeyGroups(keys, major));
  return { types, keys, major, grown };
}

export async function loadAll(pair: Pair, { deadlineMs = 600_000 } = {}): Promise<void> {
  const { isFinished } = await initialLoad({
    config: pair.sourceConfig,
    target: targetName,
    version: "test",
    log: createLog({ level: "info", format: "text", write: (line) => pair.lines.push(line) }),
    signal: AbortSignal.timeout(deadlineMs),
    onProgress: () => {},
  });
  if (isFinished) return;
  const status = JSON.stringify(await pair.readStatus());
  throw new Error(`The load did not end: ${status}\n${pair.lines.slice(-20).join("\n")}`);
}

/** The applier makes those that are trusted; before 13 and for the others it takes a superuser. */
async function createExtensions(pair: Pair, types: readonly CataloguedType[]): Promise<void> {
  const names = new Set(types.flatMap(({ extension }) => extension ?? []));
  for (const side of ["source", "target"] as const) {
    const { server, name } = pair[side];
    const made = side === "source" || server.major < 13 ? [...names] : ["earthdistance"];
    const sql = made.map((extension) =>
      `create extension if not exists ${extension} schema public cascade`
    );
    await runSql(server.url(name), sql.join(";"));
  }
}
