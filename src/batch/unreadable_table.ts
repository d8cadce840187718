/** A table that cannot be read, while the others can: it is held. */
import { type QualifiedName, TeleportError } from "../model/mod.ts";
import type { DatabaseError } from "../postgres/mod.ts";

/** The source could not read one table; the others are well. */
export class UnreadableTable extends TeleportError {
  override readonly name = "UnreadableTable";
  readonly root: number;

  constructor(table: QualifiedName & { root: number }, cause: DatabaseError) {
    super(
      "table_refused",
      `${table.schema}.${table.name} cannot be read: ${cause.message}`,
      { cause, ...(cause.hint === undefined ? {} : { hint: cause.hint }) },
    );
    this.root = table.root;
  }
}
