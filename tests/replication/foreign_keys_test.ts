/** Foreign keys of a schema that came when all tables were ready, and nothing else happens after it. */
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

async function keysThere(pair: Pair): Promise<string> {
  const [row] = await runSql(
    pair.target.server.url(pair.target.name),
    `select coalesce(string_agg(conname, ' ' order by conname), '') as names from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  return String(row?.names);
}

for (const isSuperuser of [true, false]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`A foreign key that is added, and one that a change of type takes along, are made at once, with ${how}`, async (t) => {
    await using pair = await openPair({
      isSuperuser,
      setup: `create table parent (id int primary key, v text);
        create table child (id int primary key, one int, two int, three int, other int references parent)`,
    });
    await pair.start();
    await pair.caughtUp();
    const become = (names: string) =>
      waitFor(async () => await keysThere(pair) === names, {
        what: `the keys to be: ${names}`,
        explain: async () => [await keysThere(pair), pair.lines.slice(-20)],
      });
    await become("child_other_fkey");
    for (const name of ["one", "two", "three"]) {
      await t.step(`added: ${name}`, async () => {
        const before = await keysThere(pair);
        await pair.write(
          `alter table child add constraint ${name} foreign key (${name}) references parent`,
        );
        await become([before, name].join(" ").split(" ").sort().join(" "));
      });
    }
    await t.step("its column changes its type", async () => {
      const before = await keysThere(pair);
      await pair.write("alter table child alter two type bigint");
      await waitFor(async () => {
        const rows = await runSql(
          pair.target.server.url(pair.target.name),
          "select 1 from pg_attribute where attname = 'two' and atttypid = 'bigint'::regtype",
        );
        return rows.length === 1;
      }, { what: "the type" });
      await become(before);
    });
  });
}
