/**
 * The main property: after every applied batch the target equals the source at that batch's snapshot,
 * whatever concurrent writers do. TELEPORT_TEST_SEED repeats the writers' choices (not the servers'
 * timing), TELEPORT_TEST_BATCHES makes the tests longer or shorter, TELEPORT_TEST_PAIRS chooses servers.
 */
import { Random } from "../pair/mod.ts";
import { follow, seed } from "./follow.ts";
import { choosePairs, readNamedMajors } from "./majors.ts";

/** Of all pairs together. */
const batches = Number(Deno.env.get("TELEPORT_TEST_BATCHES") ?? 360);

const sanitized = { sanitizeOps: true, sanitizeResources: true };
const pairs = choosePairs(seed);
const random = new Random(seed);
const cut = random.pick(pairs);
const disturbed = random.pick(pairs);

pairs.forEach(({ source, target }, place) => {
  Deno.test(
    `From PostgreSQL ${source} to ${target} the target equals the source's snapshot after every batch`,
    sanitized,
    () =>
      follow({
        source,
        target,
        batches: Math.ceil(batches / pairs.length),
        ...(place % 2 === 0 ? {} : { applySchema: "test" }),
      }),
  );
});

Deno.test(
  `Windows cut into parts converge: the target equals the source after every exact batch (${cut.source} to ${cut.target})`,
  sanitized,
  () =>
    follow({
      ...cut,
      batches: batches / 15,
      cut: batches / 8,
      truncations: 0.1,
      config: { max_events_per_batch: 30 },
    }),
);

Deno.test(
  `Whatever sessions are lost, the target equals the source's snapshot after every batch (${disturbed.source} to ${disturbed.target})`,
  sanitized,
  () => follow({ ...disturbed, batches: batches / 8, isDisturbed: true }),
);

const named = await readNamedMajors();
if (named !== undefined) {
  Deno.test(
    `With the servers that the environment names the target equals the source's snapshot after every batch (${named.source} to ${named.target})`,
    sanitized,
    () => follow({ ...named, batches: batches / 3 }),
  );
}
