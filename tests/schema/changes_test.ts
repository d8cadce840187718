/** {before, after} → apply → the catalogs are equal as deparsed → the second diff is empty. */
import { openServers } from "../postgres/mod.ts";
import { changes } from "./change_cases.ts";
import { objectChanges, tableChanges } from "./cases/mod.ts";
import { replicateChange } from "./replicate_change.ts";
import { sanitized } from "./schema_pair.ts";

for (const major of [18, 14, 10]) {
  Deno.test(`changes replicate on PostgreSQL ${major}`, sanitized, async (test) => {
    await using servers = await openServers({ source: major, target: major });
    for (const change of [...changes, ...tableChanges, ...objectChanges]) {
      if (major < (change.since ?? 10)) continue;
      await test.step(change.name, () => replicateChange(servers, change));
    }
  });
}
