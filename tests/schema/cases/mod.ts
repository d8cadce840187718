/** All pairs of {before, after} for objects of their own. */
import type { Change } from "../change_cases.ts";
import { aggregateChanges } from "./aggregates.ts";
import { functionChanges } from "./functions.ts";
import { materializedViewChanges } from "./matviews.ts";
import { viewChanges } from "./views.ts";

export const objectChanges: Change[] = [
  ...viewChanges,
  ...materializedViewChanges,
  ...functionChanges,
  ...aggregateChanges,
];
