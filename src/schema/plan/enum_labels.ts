/** ADD VALUE for the labels that an enum on the target lacks. Pure. */
import { type QuotedIdentifier, quoteLiteral } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";

export interface EnumComparison {
  type: ObjectOf<"enum">;
  /** The type's name on the target. */
  name: QuotedIdentifier;
  /** Its labels on the target, in order. */
  present: readonly string[];
  /** As last applied: a label with another name there is a rename, not a new one. */
  before?: ObjectOf<"enum"> | undefined;
}

/** In order, each placed next to a label that is there by then. */
export function enumLabelStatements(comparison: EnumComparison): string[] {
  const { type, name, before } = comparison;
  const present = new Set(comparison.present);
  const oldNames = new Map(before?.labels.map((label) => [label.oid, label.name]));
  const nameNow = (label: { oid: string; name: string }) => {
    const old = oldNames.get(label.oid);
    return old !== undefined && present.has(old) ? old : label.name;
  };
  const statements: string[] = [];
  for (const [at, label] of type.labels.entries()) {
    if (present.has(nameNow(label))) continue;
    const previous = type.labels[at - 1];
    const next = type.labels.slice(at + 1).map(nameNow).find((other) => present.has(other));
    const place = previous !== undefined
      ? ` after ${quoteLiteral(nameNow(previous))}`
      : next === undefined
      ? ""
      : ` before ${quoteLiteral(next)}`;
    statements.push(`alter type ${name} add value ${quoteLiteral(label.name)}${place}`);
    present.add(label.name);
  }
  return statements;
}
