/** Random DDL: each statement fits what the source has, as far as one can tell; it may still refuse it. */
import type { Chance, Kind } from "./chance.ts";
import { columnKinds } from "./column_kinds.ts";
import { keyKinds } from "./key_kinds.ts";
import { objectKinds } from "./object_kinds.ts";
import { tableKinds } from "./table_kinds.ts";
import { viewKinds } from "./view_kinds.ts";

const kinds: readonly Kind[] = [
  ...tableKinds,
  ...columnKinds,
  ...keyKinds,
  ...objectKinds,
  ...viewKinds,
];

/** The next statements, to be run in one transaction. */
export function chooseChange(chance: Chance): { name: string; sql: string } {
  while (true) {
    const kind = chance.random.pickWeighted(
      kinds.filter(({ since }) => chance.major >= (since ?? 0)),
    );
    const sql = kind.make(chance);
    if (sql !== undefined) return { name: kind.name, sql };
  }
}
