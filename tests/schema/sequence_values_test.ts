/** Sequence values: read with SELECT alone, set where they differ. */
import assert from "node:assert/strict";
import { applySequenceValues, readSequenceValues } from "../../src/schema/mod.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

for (const major of [18, 10]) {
  Deno.test(`sequence values replicate on PostgreSQL ${major}`, sanitized, async () => {
    await using pair = await SchemaPair.open({
      ...{ source: major, target: major, applySchema: "test" },
      setup: `create sequence used; create sequence unused start 7; create sequence set_back;
        create sequence hidden; create table "t t" (id bigserial primary key, i integer generated
          always as identity);
        select nextval('used'), nextval('used'), setval('set_back', 41, false), nextval('hidden');
        select setval('"t t_id_seq"', 9223372036854775806);
        grant select on sequence used, unused, set_back, "t t_id_seq", "t t_i_seq" to public;`,
    });
    await pair.replicate();
    const values = await readSequenceValues(pair.source, pair.options);
    assert.deepEqual(values.toSorted((one, other) => one.name < other.name ? -1 : 1), [
      { schema: "test", name: "set_back", lastValue: "41", isCalled: false },
      { schema: "test", name: "t t_i_seq", lastValue: "1", isCalled: false },
      { schema: "test", name: "t t_id_seq", lastValue: "9223372036854775806", isCalled: true },
      { schema: "test", name: "unused", lastValue: "7", isCalled: false },
      { schema: "test", name: "used", lastValue: "2", isCalled: true },
    ]);
    const missing = { schema: "test", name: "missing", lastValue: "1", isCalled: true };
    const tooBig = { schema: "test", name: "t t_i_seq", lastValue: "9999999999", isCalled: true };
    const apply = (more: typeof values) =>
      pair.target.transaction(
        "read committed",
        () => applySequenceValues(pair.target, [...values, ...more]),
      );

    const first = await apply([missing, tooBig]);

    assert.equal(first.changed, 3);
    assert.deepEqual(first.missing, ["test.missing"]);
    assert.deepEqual(first.refused.map(({ object }) => object), ["test.t t_i_seq"]);
    assert.equal((await apply([])).changed, 0);
  });
}
