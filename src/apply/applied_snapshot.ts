/** The schema that a source has sent, as a step of a load needs it. */
import { Refusal } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { loadAppliedSnapshot, type SchemaSnapshot } from "../schema/mod.ts";

/** To be read when locks have been waited for: a batch may have brought another meanwhile. */
export async function readAppliedSnapshot(
  connection: Connection,
  { source, target }: { source: string; target: string },
): Promise<SchemaSnapshot> {
  const snapshot = await loadAppliedSnapshot(connection, source, target);
  if (snapshot === undefined) throw schemaMissing("The target has not been sent a schema yet");
  return snapshot;
}

export function schemaMissing(message: string): Refusal {
  return new Refusal({ failure: "schema", code: "schema_mismatch", message });
}
