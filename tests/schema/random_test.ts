/**
 * Random DDL beside random writes: every 20 changes the target equals the source, schema and rows.
 * TELEPORT_TEST_SEED repeats the choices (not the timing), TELEPORT_TEST_CHANGES makes it shorter or longer.
 */
import { followRandomChanges } from "./random/run.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));

/** Of all tests together. */
const changes = Number(Deno.env.get("TELEPORT_TEST_CHANGES") ?? 240);

const runs = [
  { major: 18, hasEventTriggers: true },
  { major: 18, hasEventTriggers: false },
  { major: 14, hasEventTriggers: true },
  { major: 10, hasEventTriggers: false },
];

runs.forEach(({ major, hasEventTriggers }, number) => {
  const how = hasEventTriggers ? "event triggers" : "polling";
  Deno.test(`Random DDL and writes: target and source are equal every 20 changes, with ${how} (PostgreSQL ${major})`, () =>
    followRandomChanges({
      major,
      hasEventTriggers,
      steps: Math.ceil(changes / runs.length),
      seed: (seed + number) >>> 0,
    }));
});
