import { deepStrictEqual } from "node:assert/strict";
import { openPair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

Deno.test("an instance whose lock's session is lost again and again is active soon each time", async () => {
  await using pair = await openPair({ setup: "create table item (id int primary key)" });
  const instance = await pair.startTarget();
  const { server, name } = pair.target;
  for (let round = 1; round <= 7; round++) {
    await waitFor(() => instance.isActive, {
      what: `the instance to be active for the ${round}. time`,
      deadlineMs: 6000,
      explain: () => pair.lines,
    });
    const ended = await runSql(
      server.url(name),
      `select pg_terminate_backend(pid) as ended from pg_stat_activity
       where datname = current_database() and application_name = 'teleport lock'`,
    );
    deepStrictEqual(ended, [{ ended: true }]);
    await waitFor(() => !instance.isActive, { what: "the instance to notice" });
  }
});
