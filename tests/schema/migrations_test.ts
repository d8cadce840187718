/** A web application's migrations, one after the other while it writes. TELEPORT_TEST_SEED repeats its choices. */
import { followHistory } from "./migrations/run.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));

for (
  const { major, hasEventTriggers } of [
    { major: 18, hasEventTriggers: true },
    { major: 14, hasEventTriggers: false },
  ]
) {
  const how = hasEventTriggers ? "event triggers" : "polling";
  Deno.test(`A web application's migrations under load: target and source are equal all along, with ${how} (PostgreSQL ${major})`, () =>
    followHistory({ major, hasEventTriggers, seed }));
}
