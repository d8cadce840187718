/** Waits until whole schemas of a running pair are equal: as the servers deparse them, and rows. */
import { z } from "zod";
import type { Connection } from "../../../src/postgres/mod.ts";
import { type Pair, targetName, waitFor } from "../../pair/mod.ts";
import { CaseSchema } from "../case_schema.ts";
import type { Difference } from "../oracle/mod.ts";
import { compareWithTarget, isEqual, lookAtSource } from "./equality.ts";
import { loadPartial } from "./load_partial.ts";

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
  let differences: Difference[] = [];
  await waitFor(async () => {
    await loadPartial(source);
    differences = [];
    for (const schema of schemas) differences.push(await compareSchema(schema, { source, target }));
    return differences.every(isEqual);
  }, {
    what: "source and target to be equal",
    deadlineMs,
    explain: async () => ({
      differences: differences.filter((difference) => !isEqual(difference)),
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

async function compareSchema(schema: string, { source, target }: Sides): Promise<Difference> {
  const change = { name: schema, before: "", after: "" };
  const place = { schema: new CaseSchema(change, schema), targetSchemas: [schema] };
  try {
    return await compareWithTarget(target, place, await lookAtSource(source, place));
  } catch (error) {
    return { missing: [error instanceof Error ? error.message : String(error)], extra: [] };
  }
}
