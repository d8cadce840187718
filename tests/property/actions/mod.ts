/** Everything that writers do. */
import { type Action } from "./action.ts";
import { keyActions } from "./keys.ts";
import { shopActions } from "./shop.ts";
import { treeActions } from "./trees.ts";
import { truncations as allTruncations } from "./truncations.ts";

export type { Action } from "./action.ts";

/**
 * What may be written: the tables are those of the older of two majors, the statements the source's. 9 is all
 * of 9.2 to 9.6.
 */
export interface Majors {
  source: number;
  target: number;
}

/** The major whose tables both servers can have. */
export function commonMajor({ source, target }: Majors): number {
  return Math.min(source, target);
}

/** Writes, and truncations, which shut others out. */
export function actionsOf(majors: Majors): { writes: Action[]; truncations: Action[] } {
  const common = commonMajor(majors);
  const isPossible = ({ since = 0, until = Infinity, sourceSince = 0 }: Action) =>
    since <= common && common <= until && sourceSince <= majors.source;
  const toSource = (action: Action) =>
    majors.source >= 10 ? action : withoutConflictClauses(action);
  return {
    writes: [...shopActions, ...keyActions, ...treeActions].filter(isPossible).map(toSource),
    truncations: allTruncations.filter(isPossible).map(toSource),
  };
}

/** Before 9.5 an insert fails where others would be turned into an update. */
function withoutConflictClauses(action: Action): Action {
  return {
    ...action,
    statements: (random) =>
      action.statements(random).map((sql) => sql.replace(/\s+on conflict\b[^]*$/, "")),
  };
}
