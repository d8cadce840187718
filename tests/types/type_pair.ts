/** A pair whose source has the tables of the catalogue, and hostile settings everywhere. */
import { initialLoad } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { openPair, type Pair, type PairOptions, targetName } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { type CataloguedType, typesOf } from "./catalogue.ts";
import { differences, type Question } from "./compare.ts";
import { hostileSession, makeHostile } from "./hostile.ts";
import { createTables, questionsFor } from "./tables.ts";

export class TypePair implements AsyncDisposable {
  readonly pair: Pair;
  readonly types: readonly CataloguedType[];
  /** The oldest of both servers' majors. */
  readonly major: number;
  #questions: readonly Question[] | undefined;

  private constructor(pair: Pair, types: readonly CataloguedType[]) {
    this.pair = pair;
    this.types = types;
    this.major = Math.min(pair.source.server.major, pair.target.server.major);
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
    await runSql(pair.source.urlAs(pair.owner), createTables(types, Math.min(...majors)));
    for (const side of ["source", "target"] as const) {
      await makeHostile(pair[side], {
        side,
        ...(side === "source" ? { writer: pair.owner.name } : {}),
        teleport: pair[`${side}Config`].database.username,
      });
    }
    stack.move();
    return new TypePair(pair, types);
  }

  /** Runs SQL on the source with the settings of role and database, or with others of the session's own. */
  async write(sql: string, options: { isOwnSession?: boolean } = {}): Promise<void> {
    await this.pair.write(`${options.isOwnSession ? hostileSession : ""}; ${sql}`);
  }

  /** Loads every table, as `-mode initial-load` does. */
  async load(): Promise<void> {
    await loadAll(this.pair);
  }

  async differences() {
    await this.pair.caughtUp(120_000);
    // Once the target has the types.
    this.#questions ??= await questionsFor(this.pair, this.types);
    return await differences(this.pair, this.#questions);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pair[Symbol.asyncDispose]();
  }
}

export async function loadAll(pair: Pair): Promise<void> {
  const { isFinished } = await initialLoad({
    config: pair.sourceConfig,
    target: targetName,
    version: "test",
    log: createLog({ level: "info", format: "text", write: (line) => pair.lines.push(line) }),
    signal: AbortSignal.timeout(600_000),
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
