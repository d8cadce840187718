/** What the applier learns of a target's table. */
import assert from "node:assert/strict";
import { readTableShape } from "../../src/schema/mod.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

for (const major of [18, 10]) {
  Deno.test(`a table's shape on PostgreSQL ${major}`, sanitized, async () => {
    await using pair = await SchemaPair.open({
      ...{ source: major, target: major, setup: "", extensions: ["citext"] },
    });
    if (major >= 13) await pair.changeTarget("create extension citext");
    await pair.target.run(`
      create domain public.key as public.citext;
      create table public."T t" (
        "a ""b" integer not null, b public.key not null, v text[], p point,
        id integer generated always as identity,
        primary key ("a ""b", b)
      );
      create unique index on public."T t" (b) where id > 5;
      create table public.plain (id integer primary key, u text unique deferrable);
      create table public.only_key (id integer primary key);
      create table public.child (a integer references public.plain on delete cascade,
        b integer constraint kept references public.plain deferrable);
      create rule r as on delete to public.only_key do also nothing;`);

    const shape = await readTableShape(pair.target, { schema: "public", name: "T t" });
    assert.ok(shape);
    assert.ok(shape.hasArbiter(["b", 'a "b']));
    assert.ok(!shape.hasArbiter(["b"]));
    assert.ok(shape.hasOtherUnique(["b", 'a "b']));
    assert.equal(shape.equalityOf('a "b'), 'operator("pg_catalog".=)');
    assert.equal(shape.equalityOf("b"), 'operator("public".=)');
    assert.equal(shape.equalityOf("v"), 'operator("pg_catalog".=)');
    assert.deepEqual(shape.columns.map((column) => column.isIdentityAlways), [
      ...[false, false, false, false],
      true,
    ]);

    const plain = await readTableShape(pair.target, { schema: "public", name: "plain" });
    assert.ok(plain);
    assert.ok(
      plain.hasArbiter(["id"]) && plain.hasOtherUnique(["id"]) && !plain.hasArbiter(["u"]),
    );
    assert.deepEqual(
      plain.inboundForeignKeys.map(({ name, toleratesReplace }) => [name, toleratesReplace]),
      [["child_a_fkey", false], ["kept", true]],
    );
    const onlyKey = await readTableShape(pair.target, { schema: "public", name: "only_key" });
    assert.ok(onlyKey?.hasRules && !onlyKey.hasOtherUnique(["id"]));
    assert.equal(await readTableShape(pair.target, { schema: "public", name: "none" }), undefined);
  });
}
