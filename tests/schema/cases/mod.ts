/** The pairs of tables and what hangs on them. */
import type { Change } from "../change_cases.ts";
import { columnChanges } from "./columns.ts";
import { commentChanges } from "./comments.ts";
import { constraintChanges } from "./constraints.ts";
import { indexChanges } from "./indexes.ts";
import { inheritanceChanges } from "./inheritance.ts";
import { partitionChanges } from "./partitions.ts";
import { statisticsChanges } from "./statistics.ts";
import { storageChanges } from "./storage.ts";

export const tableChanges: readonly Change[] = [
  ...columnChanges,
  ...constraintChanges,
  ...indexChanges,
  ...partitionChanges,
  ...inheritanceChanges,
  ...storageChanges,
  ...statisticsChanges,
  ...commentChanges,
];
