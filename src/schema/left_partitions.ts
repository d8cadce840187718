/**
 * Partitions that left a tree on the source take their rows along on the target, where that is partitioned alike.
 * Where it is not known to be, rows that are no longer the tree's may be anywhere in it: it has to be loaded.
 */
import type { QualifiedName } from "../model/mod.ts";
import type { Refusals } from "./execute.ts";
import type { ObjectOf } from "./object.ts";
import type { Step } from "./plan/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import type { TargetCatalog } from "./target_catalog.ts";

type Table = ObjectOf<"table">;

interface Change {
  /** What the source had last, whether the target had taken it or not. */
  wanted: SnapshotIndex;
  before: SnapshotIndex;
  after: SnapshotIndex;
  /** Of before the steps. */
  catalog: TargetCatalog;
  steps: readonly Step[];
  refusals: Refusals;
}

const waysOut: readonly string[] = ["detach partition", "drop", "hold"];

/** Types that every server orders alike, whatever its locale. */
const orderedAlike =
  /^(smallint|integer|bigint|numeric(\(.*\))?|date|uuid|timestamp(\(\d\))? with(out)? time zone)$/;
/** And those that are the same wherever their bytes are. */
const comparedAlike = /^(text|character varying(\(\d+\))?)$/;

/** Tables that rows travel as, and that may hold rows of a partition that is no longer theirs. */
export function findDisturbed(change: Change): QualifiedName[] {
  const { wanted, after, steps, refusals } = change;
  const isOut = (table: Table) =>
    steps.some((step) =>
      step.object === table.id && waysOut.includes(step.action) && !refusals.has(step.id)
    );
  const disturbed = new Map<string, QualifiedName>();
  for (const table of wanted.all("table")) {
    if (table.partition === null || !hasLeft(table, after)) continue;
    const unit = wanted.unitOf(table);
    const now = after.get("table", unit.id);
    if (unit.id === table.id || now === undefined) continue;
    if (isOut(table) && isAlike(change, table)) continue;
    disturbed.set(now.id, { schema: now.schema, name: now.name });
  }
  return [...disturbed.values()];
}

function hasLeft(table: Table, after: SnapshotIndex): boolean {
  const now = after.get("table", table.id);
  return now?.partition?.parent !== table.partition?.parent;
}

/** Whether the target put the rows of the source's partition into its own, by all bounds above them. */
function isAlike({ before, catalog }: Change, table: Table): boolean {
  for (let id = table.id;;) {
    const known = before.get("table", id);
    if (known === undefined) return false;
    if (known.partition === null) return true;
    const parent = before.get("table", known.partition.parent);
    if (parent === undefined) return false;
    const there = { row: catalog.table(known)?.row, parent: catalog.table(parent)?.row };
    const isSame = there.row?.bound === known.partition.bound &&
      known.partition.bound !== "DEFAULT" && there.parent !== undefined &&
      there.row.parents.includes(there.parent.oid) &&
      there.parent.partition_key === parent.partitionKey;
    if (!isSame || !isRoutedAlike(before, parent)) return false;
    id = parent.id;
  }
}

/** By columns alone, and not by hashes: that of an enum, say, is of its oid. */
function isRoutedAlike(index: SnapshotIndex, table: Table): boolean {
  const [, strategy, columns = ""] = /^(RANGE|LIST) \((.*)\)$/.exec(table.partitionKey ?? "") ?? [];
  const types = new Map(index.columnsOf(table.id).map((column) => [column.name, column]));
  return columns.split(", ").every((name) => {
    const column = types.get(name.replace(/^"(.*)"$/, "$1"));
    if (column === undefined) return false;
    return orderedAlike.test(column.type) ||
      (strategy === "LIST" && column.collation === null && comparedAlike.test(column.type));
  });
}
