/** COPY in both directions through one of teleport's own sessions. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { Connection } from "../../src/postgres/mod.ts";
import { digestTables, Random, say } from "../pair/mod.ts";
import { createDatabase, databaseConfig, newestMajor, startServer } from "./mod.ts";

const widths = [0, 1, 30, 59, 60, 64, 65, 1000, 8192, 65_531, 65_536, 131_072, 131_080, 400_000];
const shapes = `
  create table public.source (id integer, body text);
  create table public.target (id integer check (id >= 0), body text);`;

Deno.test("COPY through sessions", async (t) => {
  await using server = await startServer({ major: newestMajor });
  const { name } = await createDatabase(server);
  const config = databaseConfig(server, name, server.superuser);
  await using session = await Connection.open(config, "test");
  await using other = await Connection.open(config, "test");
  await session.run(shapes);

  await t.step(
    "rows of any width arrive as they are, in blocks whose memory is used again",
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      say(`seed ${seed}`);
      const random = new Random(seed);
      for (let id = 0; id < 200; id++) {
        const width = random.pick(widths) + random.int(0, 3);
        await session.run(
          `insert into public.source
         values ($1, pg_catalog.repeat(pg_catalog.chr($2), $3) || E'\\n\\t\\\\')`,
          [id, random.int(97, 122), width],
        );
      }
      await session.run(
        `insert into public.source select n, pg_catalog.md5(n::text)
       from pg_catalog.generate_series(1000, 30000) n`,
      );
      const rows = other.copyOut("copy public.source to stdout");
      const count = await session.copyIn("copy public.target from stdin", rows);
      deepStrictEqual(count, 29_201);
      const { source, target } = await digestTables(
        session,
        ["source", "target"].map((name) => ({ schema: "public", name })),
      );
      deepStrictEqual(target, source);
    },
  );

  await t.step("an empty COPY stores nothing", async () => {
    const rows = other.copyOut("copy (select 1 where false) to stdout");
    deepStrictEqual(await session.copyIn("copy public.target from stdin", rows), 0);
  });

  await t.step("a row that the server refuses is its error, and the session goes on", async () => {
    const rows = other.copyOut(
      "copy (select 20000 - n, pg_catalog.md5(n::text) from pg_catalog.generate_series(1, 100000) n) to stdout",
    );
    await rejects(session.copyIn("copy public.target from stdin", rows), { sqlstate: "23514" });
    deepStrictEqual(await session.run("select 1"), 1);
  });

  await t.step("a statement that cannot begin is the server's error", async () => {
    const rows = blocks("1\ta\n");
    await rejects(session.copyIn("copy public.nowhere from stdin", rows), { sqlstate: "42P01" });
    deepStrictEqual(await session.run("select 1"), 1);
  });

  await t.step("blocks that break off store nothing, and give the session up", async () => {
    async function* broken() {
      yield* blocks("1\ta\n");
      await Promise.reject(new Error("broken off"));
    }
    await rejects(session.copyIn("copy public.target from stdin", broken()), /broken off/);
    deepStrictEqual(session.isUsable, false);
  });
});

async function* blocks(text: string): AsyncGenerator<Uint8Array, void, void> {
  yield new TextEncoder().encode(text);
}
