/** Every type in every place: as values and as keys, through load, insert, update and delete. */
import { deepStrictEqual } from "node:assert/strict";
import { say, waitFor } from "../pair/mod.ts";
import { findLocales } from "../postgres/mod.ts";
import { emptyColumnsOf, leftOutOf } from "./coverage.ts";
import { fillGrown, grow } from "./grown_tables.ts";
import { insertKeys, updateKeys } from "./key_tables.ts";
import { choosePairs } from "./majors.ts";
import { insertValues, updateValues } from "./tables.ts";
import { TypePair } from "./type_pair.ts";

const locales = await findLocales();

for (const { source, target } of choosePairs()) {
  const name = `values and keys of every type arrive byte for byte (${source} to ${target})`;
  Deno.test(name, async (test) => {
    say("TELEPORT_TEST_PAIRS=all tries all pairs of servers, TELEPORT_TEST_PAIRS=10-18 that one");
    await using types = await TypePair.open({ source, target, ...locales });
    await test.step("and none is left out", async () => {
      const leftOut = await leftOutOf(types.pair);
      deepStrictEqual(leftOut.filter(({ reason }) => reason === undefined), []);
    });
    await types.write([
      insertValues(types.types, 0),
      insertKeys(types.keys, true),
      fillGrown(types.grown),
    ]);
    await types.pair.start();
    await test.step("by an initial load", async () => {
      await types.load();
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by inserts", async () => {
      const inserts = [insertValues(types.types, 1000), insertKeys(types.keys, false)];
      await types.write(inserts, { isOwnSession: true });
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by updates, other keys and deletes", async () => {
      await types.write([updateValues(types.types), updateKeys(types.keys, types.major)]);
      deepStrictEqual(await types.differences(), []);
      deepStrictEqual(await emptyColumnsOf(types), []);
    });
    await test.step("by new columns with defaults", async () => {
      const before = await types.readPlainFiles();
      // The literals are as everywhere; money_test.ts has those of other locales.
      const growing = ["set lc_monetary = 'C'", "set array_nulls = on", grow(types.grown)];
      await types.write(growing, { isOwnSession: true });
      // Before 11 the default is written into every row.
      if (source >= 11) deepStrictEqual(await types.readPlainFiles(), before);
      await waitFor(async () => (await types.grownDifferences()).length === 0, {
        what: "the new columns to be the same",
        deadlineMs: 120_000,
        explain: () => types.grownDifferences(),
      });
      deepStrictEqual(await types.defaultDifferences(), []);
    });
  });
}
