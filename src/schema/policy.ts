/** What the operator of a target wants done about the schema of a source. */

export interface SchemaPolicy {
  /** Whether what the source dropped with its rows or values is dropped here, or held. */
  drops: "apply" | "hold";
  /** Told of what cannot be undone, before the transaction's end. */
  onHazard?: (hazard: string) => void;
}

export const defaultPolicy: SchemaPolicy = { drops: "apply" };

/** How the error of a held object begins; see applied_schema. */
export const heldMark = "held";
