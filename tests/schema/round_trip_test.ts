/** One of everything: what the source deparses is what the target deparses, and a second run does nothing. */
import assert from "node:assert/strict";
import { kitchenSink } from "./kitchen_sink.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

const majors = [18, 10] as const;

for (const source of majors) {
  for (const target of majors) {
    if (source > target) continue; // a newer source's kinds are not on an older server
    for (const applySchema of [undefined, 'te"st Ü']) {
      const name = `PostgreSQL ${source} to ${target}, ` +
        (applySchema === undefined ? "names stay" : `public becomes ${applySchema}`);
      Deno.test(`a schema with one of everything replicates: ${name}`, sanitized, async () => {
        await using pair = await SchemaPair.open({
          ...{ source, target, setup: kitchenSink(source) },
          ...(applySchema === undefined ? {} : { applySchema }),
        });

        const first = await pair.replicate();

        assert.deepEqual(first.refused, []);
        assert.deepEqual(first.unsupported, []);
        const { missing, extra } = await pair.compare();
        assert.deepEqual(extra, []);
        // Foreign keys wait for the rows.
        assert.deepEqual(missing.filter((line) => !line.includes('"kind":"foreignKey"')), []);
        assert.ok(missing.length > 0);

        const second = await pair.replicate();
        assert.deepEqual(second, { created: 0, changed: 0, refused: [], unsupported: [] });
      });
    }
  }
}
