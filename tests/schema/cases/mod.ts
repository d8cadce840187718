/** The pairs of tables and what hangs on them. */
import type { Change } from "../change_cases.ts";
import { commentChanges } from "./comments.ts";
import { storageChanges } from "./storage.ts";

export const tableChanges: readonly Change[] = [...commentChanges, ...storageChanges];
