/** A value of 50 MB on every way that it can take. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { openPair, type Pair } from "../pair/mod.ts";
import { loadAll } from "./type_pair.ts";

const megabytes = 50;

/** Text that COPY has to escape, with characters of four bytes across every boundary of blocks. */
const bigText = (salt: string) =>
  `(select pg_catalog.string_agg(
     pg_catalog.repeat(E'${salt}\\\\\\t\\n\u{1F600}' || n || '\\N', 65536 / 16), '')
   from generate_series(1, ${megabytes * 16}) n)`;

async function digest(pair: Pair, side: "source" | "target") {
  await using connection = await pair.open(side);
  const blocks = connection.copyOut(
    `copy (select id, pg_catalog.octet_length(v), pg_catalog.md5(v), pg_catalog.md5(b)
       from public.big order by id) to stdout`,
  );
  let text = "";
  for await (const block of blocks) text += new TextDecoder().decode(block);
  return text;
}

Deno.test("a text of 50 MB arrives by load, insert and update", async () => {
  await using pair = await openPair({
    setup: `create table big (id int primary key, v text, b bytea);
      insert into big values (1, ${bigText("loaded")}, null), (2, 'small', null)`,
  });
  await pair.start();
  await loadAll(pair);
  deepStrictEqual(await digest(pair, "target"), await digest(pair, "source"));
  await pair.write(`insert into big values (3, ${bigText("inserted")}, null)`);
  await pair.write(`update big set b = pg_catalog.convert_to(v, 'UTF8') where id = 3;
    update big set v = ${bigText("updated")} where id = 2; delete from big where id = 1`);
  await pair.caughtUp(180_000);
  const there = await digest(pair, "target");
  deepStrictEqual(there, await digest(pair, "source"));
  deepStrictEqual(there.split("\n").length, 3);
  const sizes = there.trim().split("\n").map((line) => Number(line.split("\t")[1]));
  deepStrictEqual(sizes.every((size) => size >= megabytes * 1_000_000), true, sizes.join());
});

/** Text that does not compress, of so many bytes. */
const key = (salt: string, bytes: number) =>
  `(select pg_catalog.substr(pg_catalog.string_agg(pg_catalog.md5('${salt}' || n), ''), 1, ${bytes})
   from generate_series(1, 100) n)`;

/** A btree's longest entry is 2,704 bytes, this with its header. */
const longestKey = 2684;

Deno.test("keys as long as an index takes arrive by load, insert, update and delete", async () => {
  await using pair = await openPair({
    setup: `create table keyed (k text, n int, v text, primary key (k, n));
      insert into keyed select ${key("loaded", longestKey)}, n, 'x' from generate_series(1, 9) n`,
  });
  await rejects(pair.write(`insert into keyed values (${key("long", longestKey + 40)}, 1)`), {
    code: "54000",
  });
  await pair.start();
  await loadAll(pair);
  const tables = [{ schema: "public", name: "keyed" }];
  const compare = async () => {
    await pair.caughtUp();
    const { source, target } = await pair.digests(tables);
    deepStrictEqual(target, source);
  };
  await compare();
  await pair.write(
    `insert into keyed select ${key("new", longestKey)}, n from generate_series(1, 9) n;
    update keyed set v = 'y' where n < 4;
    update keyed set k = ${key("moved", longestKey)} where n = 5 and v is null;
    delete from keyed where n > 7`,
  );
  await compare();
});
