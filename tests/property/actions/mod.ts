/** Everything that writers do. */
import { type Action } from "./action.ts";
import { keyActions } from "./keys.ts";
import { shopActions } from "./shop.ts";
import { treeActions } from "./trees.ts";
import { truncations as allTruncations } from "./truncations.ts";

export type { Action } from "./action.ts";

/** What a server of the given major can do: writes, and truncations, which shut others out. */
export function actionsOf(major: number): { writes: Action[]; truncations: Action[] } {
  const isPossible = ({ since = 0, until = Infinity }: Action) => since <= major && major <= until;
  return {
    writes: [...shopActions, ...keyActions, ...treeActions].filter(isPossible),
    truncations: allTruncations.filter(isPossible),
  };
}
