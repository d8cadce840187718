/** Kinds that are not replicated, by name: what hangs on a chosen relation, or what the expression names. */
import { displayName, matchesExpression, type TargetExpression } from "../../model/mod.ts";
import type { LeftOutRow, RelationRow } from "../catalog/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import { draftLeftOut, idOf } from "./drafts.ts";

interface Facts {
  relations: readonly RelationRow[];
  chosen: ReadonlyMap<string, SchemaObject>;
  expression: TargetExpression;
}

/** What has neither a relation nor a schema is of the whole database, and named always. */
export function notReplicated(
  rows: readonly LeftOutRow[],
  { relations, chosen, expression }: Facts,
): ObjectOf<"leftOut">[] {
  const byOid = new Map(relations.map((row) => [row.oid, row]));
  return rows.filter((row) => {
    if (row.table !== null) {
      return chosen.has(idOf.table(row.table)) || chosen.has(idOf.view(row.table));
    }
    return row.schema === null ||
      matchesExpression(expression, { schema: row.schema, name: row.name });
  }).map((row) => draft(row, row.table === null ? undefined : byOid.get(row.table)));
}

/** @param table the relation that it hangs on, as people call it. */
function draft(
  row: LeftOutRow,
  table: { schema: string; name: string } | undefined,
): ObjectOf<"leftOut"> {
  const prefix = table === undefined
    ? row.schema === null ? "" : `${row.schema}.`
    : `${displayName(table)}.`;
  return draftLeftOut(row.id, {
    what: row.what,
    // Privileges have no name: they are those of a schema.
    name: row.name === "" ? `of ${row.schema}` : prefix + row.name,
    reason: reasons[row.what] ?? "this kind is not replicated",
  });
}

const reasons: Readonly<Record<string, string>> = {
  trigger: "triggers have acted on the source already",
  rule: "rules have acted on the source already",
  policy: "roles are a server's own",
  privileges: "roles are a server's own",
  "default privileges": "roles are a server's own",
  "text search parser": "it is written in C",
  "text search template": "it is written in C",
};
