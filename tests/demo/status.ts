/** `GET /status` of an instance, as far as the demo looks at it. */
import { z } from "zod";
import { targetName } from "./config_files.ts";

const status = z.object({
  instance: z.object({ role: z.enum(["active", "standby"]) }),
  targets: z.record(
    z.string(),
    z.object({
      lagEvents: z.number().nullable(),
      lagSeconds: z.number().nullable(),
      /** Rows that the target has acknowledged since the instance started. */
      rows: z.number(),
      error: z.object({ message: z.string() }).nullable(),
      tables: z.array(z.object({
        name: z.string(),
        state: z.string(),
        isLoaded: z.boolean(),
        reason: z.string().nullable(),
      })),
    }),
  ),
});

export type InstanceStatus = z.output<typeof status>;
export type TargetStatus = InstanceStatus["targets"][string];

/** Undefined while nothing listens there. @throws Error on an answer that is no status. */
export async function readStatus(
  url: string,
  signal: AbortSignal,
): Promise<InstanceStatus | undefined> {
  try {
    const response = await fetch(`${url}/status`, { signal });
    return status.parse(await response.json());
  } catch (error) {
    if (error instanceof TypeError && !signal.aborted) return undefined;
    throw error;
  }
}

/** What the source's instance says of the demo's target. */
export async function readTargetStatus(
  url: string,
  signal: AbortSignal,
): Promise<TargetStatus | undefined> {
  return (await readStatus(url, signal))?.targets[targetName];
}

/** Whether every table follows and the target has all that was committed. */
export function isCaughtUp({ lagEvents, tables }: TargetStatus): boolean {
  return lagEvents === 0 && tables.length > 0 &&
    tables.every(({ state, isLoaded }) => state === "streaming" && isLoaded);
}
