/** The words for the type of a column, an attribute, or a domain. */
import { quoteName } from "../model/mod.ts";
import type { Collation } from "./object_base.ts";

/** A type and its collation. */
export function typeOf(column: { type: string; collation: Collation }): string {
  const { type, collation } = column;
  return collation === null ? type : `${type} collate ${quoteName(collation)}`;
}
