/** Keeps teleport.table_state in step with what is captured and in the target's scope. */
import type { CapturedRelation } from "../capture/mod.ts";
import { displayName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  addTables,
  listTables,
  removeTables,
  renameTable,
  type TableProgress,
} from "../state/mod.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

/** A table of a target: what capture knows and how far it is. */
export interface TrackedTable {
  table: CapturedRelation;
  progress: TableProgress;
}

/**
 * Adds tables that came (they are loaded: capture may have come after their first rows), drops those
 * that went, follows renames, and lists what is left.
 */
export async function trackTables(
  connection: Connection,
  link: TargetLink,
  { captured, log }: { captured: readonly CapturedRelation[]; log: Log },
): Promise<TrackedTable[]> {
  const inScope = new Map(
    captured.filter((table) => link.takes(table)).map((table) => [table.root, table]),
  );
  let known = await listTables(connection, link.name);
  const isKnown = new Set(known.map(({ relation }) => relation));
  const added = [...inScope.values()].filter(({ root }) => !isKnown.has(root));
  const removed = known.filter(({ relation }) => !inScope.has(relation));
  const renamed = known.filter(({ relation, schema, name }) => {
    const now = inScope.get(relation);
    return now !== undefined && (now.schema !== schema || now.name !== name);
  });
  for (const table of added) log.info("A new table will be loaded", { table: displayName(table) });
  for (const table of removed) {
    log.warn("A table is no longer replicated", { table: displayName(table) });
  }
  if (added.length + removed.length + renamed.length > 0) {
    await addTables(
      connection,
      link.name,
      added.map((table) => ({
        relation: table.root,
        schema: table.schema,
        name: table.name,
        state: "queued",
        isOurs: cameFromHere(table, known),
      })),
    );
    await removeTables(connection, link.name, removed.map(({ relation }) => relation));
    for (const { relation } of renamed) {
      const table = inScope.get(relation);
      if (table !== undefined) await renameTable(connection, link.name, { ...table, relation });
    }
    known = await listTables(connection, link.name);
  }
  return known.flatMap((progress) => {
    const table = inScope.get(progress.relation);
    return table === undefined ? [] : [{ table, progress }];
  });
}

/** A partition that left a tree: what the target holds of it came with that, and may be replaced unasked. */
function cameFromHere({ formerRoot }: CapturedRelation, known: readonly TableProgress[]): boolean {
  const former = known.find(({ relation }) => relation === formerRoot);
  return former !== undefined && (former.isLoaded || former.isOurs);
}
