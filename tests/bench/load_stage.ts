/** One filled source database, and a fresh target database for each measurement. */
import { z } from "zod";
import { type DatabaseConfig } from "../../src/model/mod.ts";
import { openPair, type Pair, say } from "../pair/mod.ts";
import {
  connect,
  createDatabase,
  dropDatabase,
  runSql,
  type TestDatabase,
} from "../postgres/mod.ts";
import { dropDatabases, superuserUrl } from "./lane.ts";
import { type LoadTable, loadTables } from "./load_tables.ts";
import type { Stage } from "./stage.ts";

export class LoadStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly pair: Pair;
  /** Of heap and TOAST on the source, by table. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly #digests: Readonly<Record<string, string>>;

  private constructor(parts: {
    stage: Stage;
    pair: Pair;
    bytes: Record<string, number>;
    digests: Record<string, string>;
  }) {
    this.stage = parts.stage;
    this.pair = parts.pair;
    this.bytes = parts.bytes;
    this.#digests = parts.digests;
  }

  /** @param size factor of the tables' rows. */
  static async open(stage: Stage, size: number): Promise<LoadStage> {
    const setup = loadTables.map(({ create }) => create).join(";\n");
    const pair = await openPair({ servers: stage, setup });
    const url = superuserUrl(pair, "source");
    const bytes: Record<string, number> = {};
    const digests: Record<string, string> = {};
    for (const { name, rows, fill, keys } of loadTables) {
      await runSql(url, fill, [Math.ceil(rows * size)]);
      for (const key of keys) await runSql(url, key);
      await runSql(url, `vacuum analyze ${name}`);
      bytes[name] = await tableBytes(url, name);
      digests[name] = await digestOf(url, name);
      say(`  ${name}: ${Math.round((bytes[name] ?? 0) / 1e6)} MB`);
    }
    return new LoadStage({ stage, pair, bytes, digests });
  }

  get source(): DatabaseConfig {
    return this.pair.sourceConfig.database;
  }

  /** Empty, and written out: what was measured before must not be paid for now. */
  async openTarget(): Promise<LoadTarget> {
    const { source, target } = this.stage;
    const database = await createDatabase(target);
    const { username } = this.pair.targetConfig.database;
    await runSql(
      target.url(database.name),
      `grant create on database "${database.name}" to "${username}";
       grant create, usage on schema public to "${username}"`,
    );
    for (const server of [source, target]) await runSql(server.url("postgres"), "checkpoint");
    return new LoadTarget(database, {
      ...this.pair.targetConfig.database,
      database: database.name,
    });
  }

  /** What teleport installed goes, so that the next measurement begins without it. */
  async forgetTeleport(): Promise<void> {
    await runSql(superuserUrl(this.pair, "source"), "drop schema if exists teleport cascade");
  }

  /** @throws Error where a table of the target is not as the source's. */
  async compare(target: LoadTarget, tables: readonly LoadTable[]): Promise<void> {
    for (const { name } of tables) {
      const found = await digestOf(target.url, name);
      if (found !== this.#digests[name]) throw new Error(`${name} differs after its load`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return dropDatabases(this.pair);
  }
}

export class LoadTarget implements AsyncDisposable {
  /** Of the role that applies. */
  readonly config: DatabaseConfig;
  readonly #database: TestDatabase;

  constructor(database: TestDatabase, config: DatabaseConfig) {
    this.#database = database;
    this.config = config;
  }

  /** Of the superuser. */
  get url(): string {
    return this.#database.url;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return dropDatabase(this.#database.server, this.#database.name);
  }
}

async function tableBytes(url: string, name: string): Promise<number> {
  const rows = await runSql(url, "select pg_table_size($1::regclass)::float8 as bytes", [name]);
  return z.number().parse(rows[0]?.["bytes"]);
}

/** Count and a sum of hashes of the rows, whatever their order: a sort of ten million takes too long. */
async function digestOf(url: string, name: string): Promise<string> {
  await using session = await connect(url);
  await session.query("set timezone = 'UTC'");
  const { rows } = await session.query(
    `select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) as digest
     from public.${name} t`,
  );
  return z.string().parse(rows[0]?.digest);
}
