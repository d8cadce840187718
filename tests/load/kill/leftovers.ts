/** That nothing of a load is left on either side once every process has ended: sessions, tables, schemas. */
import { deepStrictEqual } from "node:assert/strict";
import { type Pair, waitFor } from "../../pair/mod.ts";
import { runSql } from "../../postgres/mod.ts";
import relations from "./relations.sql" with { type: "text" };

/** To be called when every process has been stopped. */
export async function assertNothingIsLeft(pair: Pair): Promise<void> {
  const { source, target, sourceConfig, targetConfig } = pair;
  const sides = [
    { ...source, role: sourceConfig.database.username },
    { ...target, role: targetConfig.database.username },
  ];
  for (const { server, name, role } of sides) {
    const url = server.url(name);
    let left: unknown;
    await waitFor(async () => {
      left = await runSql(
        url,
        "select pid, application_name, state, query from pg_stat_activity where usename = $1",
        [role],
      );
      return Array.isArray(left) && left.length === 0;
    }, { what: `every session of teleport on ${server.port} to end`, explain: () => left });
    const prepared = "select gid from pg_prepared_xacts where owner = $1";
    deepStrictEqual(await runSql(url, prepared, [role]), []);
  }
  const list = (side: "source" | "target", schema: string) =>
    runSql(pair[side].server.url(pair[side].name), relations, [schema]);
  deepStrictEqual(await list("target", "test"), await list("source", "public"));
  deepStrictEqual(await list("target", "public"), []);
  deepStrictEqual(await list("target", "teleport"), await list("source", "teleport"));
  const schemas =
    "select nspname from pg_namespace where nspname !~ '^(pg_|information_)' order by 1";
  deepStrictEqual(
    (await runSql(target.server.url(target.name), schemas)).map(({ nspname }) => nspname),
    ["public", "teleport", "test", "witness"],
  );
}
