/** Every type in every place: as values and as keys, through load, insert, update and delete. */
import { deepStrictEqual } from "node:assert/strict";
import { say } from "../pair/mod.ts";
import { choosePairs } from "./majors.ts";
import { insertKeys, insertValues, updateKeys, updateValues } from "./tables.ts";
import { TypePair } from "./type_pair.ts";

for (const { source, target } of choosePairs()) {
  const name = `values and keys of every type arrive byte for byte (${source} to ${target})`;
  Deno.test(name, async (test) => {
    say("TELEPORT_TEST_PAIRS=all tries all pairs of servers, TELEPORT_TEST_PAIRS=10-18 that one");
    await using types = await TypePair.open({ source, target });
    await types.write([insertValues(types.types, 0), insertKeys(types.types, true)].join(";"));
    await types.pair.start();
    await test.step("by an initial load", async () => {
      await types.load();
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by inserts", async () => {
      const inserts = [insertValues(types.types, 1000), insertKeys(types.types, false)];
      await types.write(inserts.join(";"), { isOwnSession: true });
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by updates and deletes", async () => {
      const updates = [updateValues(types.types), updateKeys(types.types, types.major)];
      await types.write(updates.join(";"));
      deepStrictEqual(await types.differences(), []);
    });
  });
}
