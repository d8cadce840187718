/** {before, after} → apply → the catalogs are equal as deparsed → the second diff is empty. */
import assert from "node:assert/strict";
import { z } from "zod";
import { openServers, type ServerPair } from "../postgres/mod.ts";
import { type Change, changes } from "./change_cases.ts";
import { objectChanges } from "./cases/mod.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

const nothing = { created: 0, changed: 0, refused: [], unsupported: [], lostTables: [] };

for (const major of (Deno.env.get("MAJOR")?.split(",") ?? ["18", "14", "10"]).map(Number)) {
  Deno.test(`changes replicate on PostgreSQL ${major}`, sanitized, async (test) => {
    await using servers = await openServers({ source: major, target: major });
    for (const change of [...changes, ...objectChanges]) {
      const only = Deno.env.get("ONLY");
      if (only && !change.name.match(only)) continue;
      if (major < (change.since ?? 10)) continue;
      await test.step(change.name, () => replicateChange(servers, change));
    }
  });
}

async function replicateChange(servers: ServerPair, change: Change): Promise<void> {
  const { isSuperuser = false, extensions = [] } = change;
  const options = { servers, isSuperuser, extensions, applySchema: "test" };
  await using pair = await SchemaPair.open({ ...options, setup: change.before });
  const first = await pair.replicate();
  assert.deepEqual(first.refused, []);
  if (change.rows) {
    await pair.change(change.rows.insert);
    await pair.target.run(change.rows.insert.replace("into ", "into test."));
  }
  await pair.change(...[change.after].flat());

  const { refused, unsupported, created, changed } = await pair.replicate();

  assert.deepEqual({ refused, unsupported }, { refused: [], unsupported: [] });
  assert.ok(created + changed + pair.labelsAdded > 0);
  assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  const second = await pair.replicate();
  assert.deepEqual(second, nothing);
  if (change.rows) await assertRows(pair, change.rows);
}

async function assertRows(pair: SchemaPair, rows: { select: string; expect: string }) {
  const select = rows.select.replace("from ", "from test.");
  const { value } = await pair.target.row(z.object({ value: z.string() }), select);
  assert.equal(value, rows.expect);
}
