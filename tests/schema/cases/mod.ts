/** Every {before, after} pair, for changes_test.ts and the live tests. A file of pairs is named here once. */
import { type Change, changes as base } from "../change_cases.ts";
import { aggregateChanges } from "./aggregates.ts";
import { collationChanges } from "./collations.ts";
import { columnChanges } from "./columns.ts";
import { commentChanges } from "./comments.ts";
import { constraintChanges } from "./constraints.ts";
import { domainChanges } from "./domains.ts";
import { enumChanges } from "./enums.ts";
import { extensionChanges } from "./extensions.ts";
import { functionChanges } from "./functions.ts";
import { indexChanges } from "./indexes.ts";
import { inheritanceChanges } from "./inheritance.ts";
import { materializedViewChanges } from "./matviews.ts";
import { mixedChanges } from "./mixed.ts";
import { operatorChanges } from "./operators.ts";
import { partitionChanges } from "./partitions.ts";
import { schemaChanges } from "./schemas.ts";
import { sequenceChanges } from "./sequences.ts";
import { statisticsChanges } from "./statistics.ts";
import { storageChanges } from "./storage.ts";
import { textSearchChanges } from "./text_search.ts";
import { typeChanges } from "./types.ts";
import { viewChanges } from "./views.ts";

export type { Change } from "../change_cases.ts";

const all: readonly Change[] = [
  ...base,
  ...columnChanges,
  ...constraintChanges,
  ...indexChanges,
  ...partitionChanges,
  ...inheritanceChanges,
  ...storageChanges,
  ...statisticsChanges,
  ...commentChanges,
  ...viewChanges,
  ...materializedViewChanges,
  ...functionChanges,
  ...aggregateChanges,
  ...typeChanges,
  ...enumChanges,
  ...domainChanges,
  ...collationChanges,
  ...textSearchChanges,
  ...operatorChanges,
  ...sequenceChanges,
  ...extensionChanges,
  ...schemaChanges,
  ...mixedChanges,
];

const pattern = Deno.env.get("TELEPORT_TEST_CASES");
const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 1e6));

const chosen: readonly Change[] = all.filter(({ name }) => new RegExp(pattern ?? "").test(name));

/** Whether somebody chose the pairs: then they are tried in every way, and else the costly ways take turns. */
export const isChosen = pattern !== undefined;

/** Every third pair, by `TELEPORT_TEST_SEED`, in another order for each `turn`; all where they were chosen. */
export function takeTurn(
  changes: readonly Change[],
  turn: number,
): { taken: readonly Change[]; told: string } {
  if (isChosen) return { taken: changes, told: `all ${changes.length} pairs` };
  const taken = changes.filter((_, at) => (at + seed + turn) % 3 === 0);
  return { taken, told: `TELEPORT_TEST_SEED=${seed}, ${taken.length} of ${changes.length} pairs` };
}

/** Those that `TELEPORT_TEST_CASES`, a regular expression, matches by name; default: all of them. */
export const changes: readonly Change[] = chosen.filter((change) => !isAlone(change));

/** Those that want databases of their own. */
export const loneChanges: readonly Change[] = chosen.filter(isAlone);

/** Whether a server of this major takes it. */
export function isFor(change: Change, major: number): boolean {
  return major >= (change.since ?? 10) && major <= (change.until ?? 99);
}

function isAlone({ isSuperuser, isAlone, expression }: Change): boolean {
  return isSuperuser === true || isAlone === true || expression !== undefined;
}
