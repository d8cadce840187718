/** A key column in SQL: as the table has it, and read back from the text that an event holds. */
import { quoteIdentifier, quoteName } from "../model/mod.ts";
import type { KeyColumn } from "./captured_relation.ts";

/** The column of `alias` as something that can be compared. */
export function keyOperand(column: KeyColumn, alias: string): string {
  const name = `${alias}.${quoteIdentifier(column.name)}`;
  return column.isDomain ? `${name}::${column.type}` : name;
}

/** The value that `text`, an expression, stands for: always by the type's input function. */
export function keyFromText(column: KeyColumn, text: string): string {
  const { type, collation } = column;
  // A text inside an array goes through the array's input function, which asks that of the element.
  const value = column.hasTextCast ? `((array[${text}]::text)::${type}[])[1]` : `${text}::${type}`;
  return collation === undefined ? value : `(${value}) collate ${quoteName(collation)}`;
}
