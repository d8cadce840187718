/** One of everything: what the source deparses is what the target deparses, and a second run does nothing. */
import assert from "node:assert/strict";
import { openServers } from "../postgres/mod.ts";
import { kitchenLeftOut, kitchenSink } from "./kitchen_sink.ts";
import { nothing, sanitized, SchemaPair, type SchemaPairOptions } from "./schema_pair.ts";

const pairs = [[18, 18], [10, 18], [10, 10]] as const;

for (const [source, target] of pairs) {
  const name = `a schema with one of everything replicates from PostgreSQL ${source} to ${target}`;
  Deno.test(name, sanitized, async (test) => {
    await using servers = await openServers({ source, target });
    const setup = kitchenSink(source);
    await test.step("under its names", () => replicateTwice({ servers, setup }));
    await test.step(
      "under another name",
      () => replicateTwice({ servers, setup, applySchema: 'te"st Ü' }),
    );
  });
}

async function replicateTwice(options: SchemaPairOptions): Promise<void> {
  await using pair = await SchemaPair.open(options);

  const first = await pair.replicate();

  assert.deepEqual(first.refused, []);
  assert.deepEqual(first.unsupported, kitchenLeftOut);
  const { missing, extra } = await pair.compare();
  // From 16 on a view of one table comes without the table's name before its columns.
  const [views, others] = [missing.filter(isView), missing.filter((line) => !isView(line))];
  assert.deepEqual(views.map(unqualified).sort(), extra.map(unqualified).sort());
  assert.deepEqual(
    views,
    options.servers?.source.major === options.servers?.target.major ? [] : views,
  );
  // Foreign keys wait for the rows.
  assert.deepEqual(others.filter((line) => !/"foreignKey"|"of a foreign key"/.test(line)), []);
  assert.ok(others.length > 0);

  const second = await pair.replicate();
  assert.deepEqual(second, nothing);
}

function isView(line: string): boolean {
  return line.includes('"kind":"view"');
}

function unqualified(line: string): string {
  return line.replaceAll(/(?:\\"(?:[^"\\]|\\.)*\\"|\w+)\.(?=[\w\\])/g, "");
}
