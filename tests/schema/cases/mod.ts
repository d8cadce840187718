/** All pairs of {before, after}: tables and what hangs on them, and objects of their own. */
import type { Change } from "../change_cases.ts";
import { aggregateChanges } from "./aggregates.ts";
import { functionChanges } from "./functions.ts";
import { materializedViewChanges } from "./matviews.ts";
import { typeChanges } from "./types.ts";
import { enumChanges } from "./enums.ts";
import { domainChanges } from "./domains.ts";
import { collationChanges } from "./collations.ts";
import { textSearchChanges } from "./text_search.ts";
import { mixedChanges } from "./mixed.ts";
import { operatorChanges } from "./operators.ts";
import { sequenceChanges } from "./sequences.ts";
import { extensionChanges } from "./extensions.ts";
import { schemaChanges } from "./schemas.ts";
import { viewChanges } from "./views.ts";

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

export const objectChanges: Change[] = [
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
