/** Every type in every place: as values and as keys, through load, insert, update and delete. */
import { deepStrictEqual } from "node:assert/strict";
import { majors } from "./majors.ts";
import { insertKeys, insertValues, updateKeys, updateValues } from "./tables.ts";
import { TypePair } from "./type_pair.ts";

const env = Deno.env.get("PAIRS") ?? "18-18";
const pairs = env.split(",").map((p) => p.split("-").map(Number)) as [number, number][];
void majors;

for (const [source, target] of pairs) {
  const name = `values and keys of every type arrive byte for byte (${source} to ${target})`;
  Deno.test(name, async (test) => {
    await using types = await TypePair.open({ source, target });
    await types.write([insertValues(types.types, 0), insertKeys(types.types, true)].join(";"));
    await types.pair.start();
    await test.step("by an initial load", async () => {
      await types.load();
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by inserts", async () => {
      await types.write(
        [insertValues(types.types, 1000), insertKeys(types.types, false)].join(";"),
        {
          isOwnSession: true,
        },
      );
      deepStrictEqual(await types.differences(), []);
    });
    await test.step("by updates and deletes", async () => {
      await types.write([updateValues(types.types), updateKeys(types.types)].join(";"));
      deepStrictEqual(await types.differences(), []);
    });
  });
}
