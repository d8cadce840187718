/** Whether a table of the target is the one that its source means by the name. */
import { displayName, type QualifiedName, Refusal } from "../model/mod.ts";
import type { MisnamedTables } from "../schema/mod.ts";

/** @throws Refusal `schema_mismatch` where it is another. */
export function assertOwnName(misnamed: MisnamedTables, table: QualifiedName): void {
  if (!misnamed.has(table)) return;
  throw new Refusal({
    failure: "schema",
    code: "schema_mismatch",
    table,
    message: `${displayName(table)} is another table here: the target refused a rename or a drop`,
  });
}
