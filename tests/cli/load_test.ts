/** The verbs that load, as users run them: processes, between two real servers. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { jsonLine } from "../../src/cli/load_json.ts";
import { Connection } from "../../src/postgres/mod.ts";
import {
  openPair,
  type Pair,
  runTeleport,
  targetName,
  TeleportProcess,
  toWritten,
  waitFor,
  writeConfig,
} from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const itemRows = 60_000;
const setup = `
  create table item (id int primary key, note text not null);
  create index on item (note);
  create table other (id int primary key, note text);
  create table nothing (id int primary key);
  insert into item select i, repeat('x', 100) || i from generate_series(1, ${itemRows}) i;
  insert into other select i, 'o' from generate_series(1, 10) i`;

const all = ["item", "nothing", "other"].map((name) => ({ schema: "public", name }));

/** A pair whose instances are processes, and the commands beside them. */
class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();

  private constructor(readonly pair: Pair, readonly source: string, readonly target: string) {
    this.#stack.use(pair);
  }

  static async open(): Promise<Bench> {
    const pair = await openPair({ setup });
    const { hostname, port } = pair.targetConfig.server;
    const targets = {
      [targetName]: { target_expression: "public.*", endpoint: { hostname, port } },
    };
    return new Bench(
      pair,
      await writeConfig(toWritten(pair.sourceConfig, targets)),
      await writeConfig(toWritten(pair.targetConfig, {})),
    );
  }

  async startInstance(side: "source" | "target"): Promise<TeleportProcess> {
    const process = this.#stack.use(new TeleportProcess(["-config", this[side]]));
    await process.logged("Active", 300_000);
    return process;
  }

  words(verb: string, ...more: string[]): string[] {
    return [verb, "--config", this.source, "--target", targetName, ...more];
  }

  /** Keeps the load from reading its table until disposed. */
  async freeze(table: string): Promise<AsyncDisposable> {
    const session: Connection = await this.pair.open("source");
    await session.run(`begin`);
    await session.run(`lock table public.${table} in access exclusive mode`);
    return {
      [Symbol.asyncDispose]: async () => {
        if (session.isUsable) await session.run("commit");
        await session.close();
      },
    };
  }

  async states(): Promise<Record<string, string>> {
    const { server, name } = this.pair.source;
    const [there] = await runSql(
      server.url(name),
      "select to_regclass('teleport.table_state') is not null as is_there",
    );
    if (there?.is_there !== true) return {};
    const rows = await runSql(
      server.url(name),
      "select table_name, state, is_loaded from teleport.table_state",
    );
    return Object.fromEntries(rows.map((row) => [
      String(row.table_name),
      `${row.state}${row.is_loaded ? "" : ", not loaded"}`,
    ]));
  }

  async isIn(state: string, table = "item"): Promise<void> {
    await waitFor(async () => (await this.states())[table] === state, {
      what: `${table} to be ${state}`,
      deadlineMs: 300_000,
      explain: () => this.states(),
    });
  }

  async onTarget(sql: string): Promise<Record<string, unknown>[]> {
    const { server, name } = this.pair.target;
    return await runSql(server.url(name), sql);
  }

  /** Waits until the target equals the source, and says where it does not. */
  async isExact(): Promise<void> {
    await waitFor(async () => {
      const { source, target } = await this.pair.digests(all);
      return JSON.stringify(source) === JSON.stringify(target);
    }, {
      what: "the target to equal the source",
      deadlineMs: 300_000,
      pollMs: 500,
      explain: async () => [await this.states(), await this.pair.digests(all)],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function resultOf(stdout: string) {
  const lines = stdout.trimEnd().split("\n").map((line) => jsonLine.parse(JSON.parse(line)));
  const last = lines.at(-1);
  ok(last?.type === "result", stdout);
  ok(lines.slice(0, -1).every(({ type }) => type === "progress"), stdout);
  return last;
}

const indexesOfItem = "select indexname from pg_indexes where tablename = 'item' order by 1";
const bothIndexes = [{ indexname: "item_note_idx" }, { indexname: "item_pkey" }];

Deno.test("where no instance runs the command is one: Ctrl-C stops it, and the same command goes on", async () => {
  await using bench = await Bench.open();
  await bench.startInstance("target");
  {
    await using load = new TeleportProcess(bench.words("load"));
    await bench.isIn("loading, not loaded");
    load.kill("SIGINT");
    const { code, stdout, stderr } = await load.finished();
    strictEqual(code, 1, stderr);
    strictEqual(stdout, "");
    match(stderr, /^Stopping: what is under way comes to an end first\. Ctrl-C again/m);
    match(
      stderr,
      /The load of my-target has stopped, since no instance runs .*; what is done is kept/,
    );
    match(
      stderr,
      new RegExp(`^  resume  teleport load --config ${bench.source} --target my-target$`, "m"),
    );
    match(
      stderr,
      new RegExp(`^  cancel  teleport cancel --config ${bench.source} --target my-target$`, "m"),
    );
  }
  const { code, stdout, stderr } = await runTeleport(bench.words("load"));
  strictEqual(code, 0, stderr);
  match(stdout, /^Loaded 2 tables of my-target: 60010 rows, [\d.]+ MB in [\d.]+ s\n/);
  match(stdout, /^ {2}table +rows +MB +seconds +MB\/s +index s\n/m);
  match(stdout, /^ {2}public\.item +60000 +\d+\.\d +\d+\.\d +\d+\.\d +\d+\.\d\n/m);
  match(stdout, /^ {2}total +60010 /m);
  await bench.isExact();
});

Deno.test("a load beside running instances: left, followed, cancelled, begun again; a table again while others follow", async (t) => {
  await using bench = await Bench.open();
  await bench.startInstance("target");
  await bench.startInstance("source");
  await bench.isIn("partial, not loaded");

  await t.step(
    "a load that is cancelled leaves an empty table with its keys, which follows",
    async () => {
      await using frozen = await bench.freeze("item");
      await using load = new TeleportProcess(bench.words("load"));
      await bench.isIn("loading, not loaded");
      const { code, stdout, stderr } = await runTeleport(
        bench.words("cancel", "--table", "public.item", "--json"),
      );
      strictEqual(code, 0, stderr);
      const result = resultOf(stdout);
      deepStrictEqual(
        [result.verb, result.end, result.tables.map(({ name, isLoaded }) => [name, isLoaded])],
        ["cancel", "done", [["item", false]]],
      );
      deepStrictEqual(await bench.onTarget("select count(*)::int from item"), [{ count: 0 }]);
      // What somebody keeps locked may keep other tables from following meanwhile.
      await frozen[Symbol.asyncDispose]();
      const left = await load.finished();
      strictEqual(left.code, 1, left.stderr);
      match(left.stdout, /^1 of 2 tables of my-target are not loaded: .*\n {2}public\.item: /);
      deepStrictEqual(await bench.onTarget(indexesOfItem), bothIndexes);
      await bench.isIn("partial, not loaded");
      await bench.pair.write("update item set note = 'changed' where id = 7");
      await waitFor(
        async () => (await bench.onTarget("select note from item where id = 7")).length === 1,
        { what: "what changes to come to the table", deadlineMs: 180_000 },
      );
      deepStrictEqual((await bench.states()).item, "partial, not loaded");
    },
  );

  await t.step("nothing to cancel is no failure", async () => {
    const { code, stdout } = await runTeleport(bench.words("cancel"));
    strictEqual(code, 0);
    match(stdout, /^Nothing to cancel: no load of my-target/);
  });

  await t.step(
    "Ctrl-C leaves the load to the instance, and says how to follow and to cancel it",
    async () => {
      await using _frozen = await bench.freeze("item");
      await using load = new TeleportProcess(bench.words("load"));
      await bench.isIn("loading, not loaded");
      load.kill("SIGINT");
      const { code, stderr } = await load.finished();
      strictEqual(code, 1, stderr);
      match(stderr, /^The load of my-target goes on in the running instance\.$/m);
      match(stderr, /^ {2}follow {2}teleport load --config \S+ --target my-target$/m);
      match(stderr, /^ {2}cancel {2}teleport cancel --config \S+ --target my-target$/m);
    },
  );

  await t.step("who follows it later sees how it went", async () => {
    await bench.isIn("streaming");
    const { code, stdout } = await runTeleport(bench.words("load", "--json"));
    strictEqual(code, 0);
    const { tables, end, total } = resultOf(stdout);
    deepStrictEqual([end, tables.map(({ name, rows }) => [name, rows])], ["done", [[
      "item",
      itemRows,
    ]]]);
    ok((total.seconds ?? 0) > 0 && (tables[0]?.indexSeconds ?? 0) > 0, stdout);
    await bench.isExact();
  });

  await t.step("a killed command takes nothing with it", async () => {
    await using frozen = await bench.freeze("item");
    await using reload = new TeleportProcess(bench.words("reload", "--table", "public.item"));
    await bench.isIn("loading, not loaded");
    reload.kill("SIGKILL");
    await reload.finished();
    const again = new TeleportProcess(bench.words("reload", "--table", "public.item", "--json"));
    await using _again = again;
    await bench.pair.write("update other set note = 'follows'");
    await waitFor(
      async () =>
        (await bench.onTarget("select 1 from other where note = 'follows'")).length === 10,
      { what: "another table to follow meanwhile", deadlineMs: 180_000 },
    );
    strictEqual((await bench.states()).other, "streaming");
    await frozen[Symbol.asyncDispose]();
    const { code, stdout, stderr } = await again.finished();
    strictEqual(code, 0, stderr);
    const { tables, end } = resultOf(stdout);
    deepStrictEqual([end, tables.map(({ name, rows }) => [name, rows])], ["done", [[
      "item",
      itemRows,
    ]]]);
    await bench.isExact();
  });

  await t.step("a table that is not there is a mistake of the command line", async () => {
    const { code, stderr } = await runTeleport(bench.words("reload", "--table", "itme.item"));
    strictEqual(code, 2, stderr);
    match(stderr, /The target has no table "itme\.item"\nhint: Did you mean public\.item\?/);
    const asJson = await runTeleport(bench.words("reload", "--table", "none", "--json"));
    strictEqual(asJson.code, 2);
    const line = jsonLine.parse(JSON.parse(asJson.stdout));
    ok(line.type === "error" && line.code === "table_unknown");
  });
});
