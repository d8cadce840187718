/**
 * What a load does about rows that its table on the target holds already (`load.existing`). `merge`: they stay until
 * one transaction brings the table to the source's rows. `replace`: they go first. `refuse`: rows that the
 * source did not bring are not touched, and the table is not loaded.
 */
import { z } from "zod";

export const existingRows = z.enum(["merge", "replace", "refuse"]);
export type ExistingRows = z.output<typeof existingRows>;

/**
 * What one load may do. Rows that did not come from this source are removed only where somebody asked for the load.
 * @param options.isOurs whether what the target holds of the table came from here. @param options.asked what was
 *   asked for; null for a load that nobody asked for. @param options.configured `load.existing`.
 */
export function existingOf(
  { isOurs, asked, configured }: {
    isOurs: boolean;
    asked: ExistingRows | null;
    configured: ExistingRows;
  },
): ExistingRows {
  const wanted = asked ?? configured;
  if (isOurs) return wanted === "merge" ? "merge" : "replace";
  return asked ?? "refuse";
}
