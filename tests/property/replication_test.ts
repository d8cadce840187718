/**
 * The main property: after every applied batch the target equals the source at that batch's snapshot,
 * whatever concurrent writers do. TELEPORT_TEST_SEED repeats the writers' choices (not the servers'
 * timing), TELEPORT_TEST_BATCHES makes the tests longer or shorter.
 */
import { follow } from "./follow.ts";

const batches = Number(Deno.env.get("TELEPORT_TEST_BATCHES") ?? 300);

const sanitized = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "On PostgreSQL 18 the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 18, batches }),
);

Deno.test(
  "On PostgreSQL 10 the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 10, batches, applySchema: "test" }),
);

Deno.test(
  "Windows cut into parts converge: the target equals the source after every exact batch",
  sanitized,
  () =>
    follow({
      major: 18,
      batches: batches / 10,
      cut: batches / 5,
      truncations: 0.1,
      config: { max_events_per_batch: 30 },
    }),
);

Deno.test(
  "Whatever sessions are lost, the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 18, batches: batches / 5, isDisturbed: true }),
);
