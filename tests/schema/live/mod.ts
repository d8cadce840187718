/** Every {before, after} pair through running instances on one major: four ways, one test each. */
import assert from "node:assert/strict";
import { LiveRun } from "./run.ts";

export function testLiveChanges(major: number): void {
  for (const hasEventTriggers of [true, false]) {
    for (const isRenamed of [false, true]) {
      const seen = hasEventTriggers ? "event triggers" : "polling";
      const how = isRenamed ? "under another schema's name" : "under their names";
      const name = `changes and rows follow live with ${seen}, ${how}, on PostgreSQL ${major}`;
      Deno.test(name, async (test) => {
        await using run = await LiveRun.open({ major, hasEventTriggers, isRenamed });
        for (const { name, failure } of await run.run()) {
          await test.step(name, () => {
            if (failure !== undefined) assert.fail(failure);
          });
        }
        await test.step("nothing is left to do", () => assert.deepEqual(run.rest, []));
      });
    }
  }
}
