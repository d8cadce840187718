import { deepStrictEqual } from "node:assert/strict";
import { openPair } from "../pair/mod.ts";

const setup = `
  create type mood as enum ('sad', 'ok', 'happy');
  create table parent (id bigint primary key, name text not null, mood mood default 'ok');
  create table child (
    parent_id bigint references parent on delete cascade, line int, amount numeric(10, 2),
    primary key (parent_id, line));
  create table keyless (a int);
  insert into parent select i, 'p' || i, 'happy' from generate_series(1, 5000) i;
  insert into child select i, l, i * l from generate_series(1, 5000) i, generate_series(1, 3) l;
`;
const tables = [{ schema: "public", name: "parent" }, { schema: "public", name: "child" }];

Deno.test("changes follow, and an initial load brings what was there before", async () => {
  await using pair = await openPair({ setup, applySchema: "test" });
  await pair.start();
  await pair.caughtUp();
  await pair.write(
    "insert into parent values (9001, 'new', 'sad'); delete from parent where id < 10",
  );
  await pair.caughtUp();
  const { initialLoad } = await import("../../src/daemon/mod.ts");
  const { createLog } = await import("../../src/daemon/log.ts");
  const outcome = await initialLoad({
    config: pair.sourceConfig,
    target: "my-target",
    version: "test",
    log: createLog({ level: "info", format: "text", write: (line) => pair.lines.push(line) }),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  deepStrictEqual(outcome.isFinished, true);
  await pair.write("update parent set name = name || '!' where id % 7 = 0");
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source);
});
