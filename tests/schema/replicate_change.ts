/** One pair of {before, after}: replicated, the catalogs compared, and replicated once more for nothing. */
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerPair } from "../postgres/mod.ts";
import type { Change } from "./change_cases.ts";
import { nothing, SchemaPair } from "./schema_pair.ts";

export async function replicateChange(servers: ServerPair, change: Change): Promise<void> {
  const { isSuperuser = false, extensions = [] } = change;
  const { expression } = change;
  const names = expression === undefined ? { applySchema: "test" } : { expression };
  const options = { servers, isSuperuser, extensions, ...names };
  await using pair = await SchemaPair.open({ ...options, setup: change.before });
  const first = await pair.replicate();
  assert.deepEqual(first.refused, []);
  assert.deepEqual((await pair.buildForeignKeys()).refused, []);
  if (change.rows) {
    await pair.change(change.rows.insert);
    await pair.target.run(change.rows.insert.replace("into ", "into test."));
  }
  await pair.change(...[change.after].flat());

  const { refused, unsupported, created, changed } = await pair.replicate();

  assert.deepEqual({ refused, unsupported }, { refused: [], unsupported: [] });
  assert.deepEqual((await pair.buildForeignKeys()).refused, []);
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
