/** New labels of enums, which have to be committed before the batch that uses them. */
import { messageOf, quoteName } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { loadAppliedSnapshot } from "./applied.ts";
import type { ApplyOptions } from "./apply.ts";
import { Catalog } from "./catalog/mod.ts";
import { enumLabelStatements } from "./plan/enum_labels.ts";
import { SnapshotIndex } from "./snapshot.ts";
import { isOurs, readEpoch } from "./ways.ts";

export interface EnumAdditions {
  added: number;
  refused: { object: string; error: string }[];
}

/**
 * Adds to enums that the target has the labels that they lack. Runs outside of any transaction, one
 * statement each: before 12 ADD VALUE is refused in a transaction, and on no version can a label be
 * used in its own. Harmless when the batch is rolled back.
 */
export async function addEnumLabels(
  connection: Connection,
  options: ApplyOptions,
): Promise<EnumAdditions> {
  const after = new SnapshotIndex(options.after);
  const additions: EnumAdditions = { added: 0, refused: [] };
  if (after.all("enum").length === 0) return additions;
  const applied = await loadAppliedSnapshot(connection, options.source, options.target);
  const before = applied && new SnapshotIndex(applied);
  const present = new Map(
    (await new Catalog(connection).types()).map((row) => [quoteName(row), row]),
  );
  const epoch = await readEpoch(connection);
  for (const type of after.all("enum").filter((type) => !isOurs(type, epoch))) {
    const known = before?.get("enum", type.id);
    const name = quoteName(known ?? type);
    const row = present.get(name);
    const isOthers = before?.all("enum").some((other) =>
      other.id !== type.id && quoteName(other) === name
    );
    if (row === undefined || isOthers) continue; // that one goes
    const statements = enumLabelStatements({
      type,
      name,
      present: row.label_names,
      before: known,
    });
    for (const statement of statements) {
      try {
        await connection.run(statement);
        additions.added++;
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.failureClass !== "operator") throw error;
        additions.refused.push({ object: after.nameOf(type), error: messageOf(error) });
      }
    }
  }
  return additions;
}
