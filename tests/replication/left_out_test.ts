/** What is not replicated of a schema is told once, by its own words, and is no refusal. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create table a (id int primary key, v text);
  create function f() returns trigger language plpgsql as 'begin return new; end';
  create trigger watched before insert on a for each row execute procedure f();
  alter table a enable row level security;
  create policy everyone on a using (true);
  grant select on a to public`;

const onTarget = (pair: Pair, sql: string) => runSql(pair.target.server.url(pair.target.name), sql);

function told(pair: Pair, since = 0): string[] {
  return pair.lines.slice(since).filter((line) =>
    line.startsWith("source") && /refused a part|cannot have a part|not replicated, by/.test(line)
  ).map((line) => line.replace(/^source \S+ \S+ /, "").replace(/ default privileges[^,"]*/, ""));
}

async function sourcesOf(pair: Pair): Promise<{ refused: string[]; leftOut: string[] }> {
  const status = await pair.targetInstance?.readStatus() as {
    sources: { refused: string[]; leftOut: string[] }[];
  };
  const [{ refused, leftOut } = { refused: [], leftOut: [] }] = status.sources;
  return { refused, leftOut };
}

Deno.test("What is left out by design is told once, apart from what the target refuses", async (t) => {
  await using pair = await openPair({ setup, isSuperuser: true });
  await pair.start();
  await pair.caughtUp();

  await t.step("when the schema comes", async () => {
    const lines = told(pair);
    ok(lines.every((line) => line.startsWith("INFO ")), lines.join("\n"));
    const all = lines.join("\n");
    for (
      const object of ["policy public.a.everyone", "trigger public.a.watched", "privileges of"]
    ) {
      ok(all.includes(object), `${object} in ${all}`);
    }
    const { refused, leftOut } = await sourcesOf(pair);
    deepStrictEqual(refused, []);
    ok(leftOut.includes("policy public.a.everyone: roles are a server's own"), leftOut.join());
  });

  await t.step("and no more with other changes", async () => {
    const since = pair.lines.length;
    await pair.write("alter table a add w int; create policy another on a using (id > 0)");
    await waitFor(async () => (await sourcesOf(pair)).leftOut.length > 3, {
      what: "the new policy",
      explain: () => pair.lines.slice(-20),
    });
    await pair.caughtUp();
    await waitFor(() => Promise.resolve(told(pair, since).length > 0), { what: "news" });
    const lines = told(pair, since);
    deepStrictEqual(lines.length, 1, lines.join("\n"));
    ok(
      /^INFO .*policy public\.a\.another/.test(lines[0] ?? "") &&
        !/everyone|watched/.test(lines[0] ?? ""),
    );
  });

  await t.step("while a refusal is a warning", async () => {
    const since = pair.lines.length;
    await onTarget(pair, "create table taken ()");
    await pair.write("create domain taken as int");
    await waitFor(async () => (await sourcesOf(pair)).refused.length > 0, {
      what: "the refusal",
      explain: () => pair.lines.slice(-20),
    });
    await waitFor(() => Promise.resolve(told(pair, since).length > 0), { what: "news" });
    const [line = ""] = told(pair, since);
    ok(/^WARN .*refused a part of the schema.*taken/.test(line), line);
    ok(!(await sourcesOf(pair)).leftOut.some((object) => object.includes("taken")));
  });
});
