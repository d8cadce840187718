/** Waits until whole schemas of a running pair are equal: as the servers deparse them, and rows. */
import { z } from "zod";
import type { Connection } from "../../../src/postgres/mod.ts";
import { type Pair, targetName, waitFor } from "../../pair/mod.ts";
import type { Difference } from "../oracle/mod.ts";
import { compareWithTarget, isEqual, lookAtSource } from "./equality.ts";

const deadlineMs = 90_000;

/** Sessions that read both sides. */
export interface Sides {
  source: Connection;
  target: Connection;
}

/** The source must be quiet. `history` is what was done since the last time, for the message of a failure. */
export async function awaitEqual(
  pair: Pair,
  schemas: readonly string[],
  { source, target, history }: Sides & { history: unknown },
): Promise<void> {
  let difference: Difference | undefined;
  await waitFor(async () => {
    difference = await compareSchemas(schemas, { source, target });
    return isEqual(difference);
  }, {
    what: "source and target to be equal",
    deadlineMs,
    explain: async () => ({
      difference,
      history,
      status: (await pair.readStatus())?.targets[targetName]?.tables.filter(({ state }) =>
        state !== "streaming"
      ),
      refused: await target.rows(
        z.object({ error: z.string() }),
        "select error from teleport.applied_schema where error is not null",
      ),
      log: pair.lines.filter((line) => /WARN|ERROR/.test(line)).slice(-25),
    }),
  });
}

/** DDL of the instances may have the reading fail. */
async function compareSchemas(
  schemas: readonly string[],
  { source, target }: Sides,
): Promise<Difference> {
  const place = { schema: { schemas }, targetSchemas: schemas };
  try {
    return await compareWithTarget(target, place, await lookAtSource(source, place));
  } catch (error) {
    return { missing: [error instanceof Error ? error.message : String(error)], extra: [] };
  }
}
