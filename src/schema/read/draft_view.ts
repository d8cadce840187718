/** Views and materialized views as objects. */
import type { ColumnRow, RelationRow, ViewRow } from "../catalog/mod.ts";
import type { ObjectOf } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { idOf, toCollation } from "./drafts.ts";

export function draftView(
  row: RelationRow,
  parts: { view: ViewRow; columns: readonly ColumnRow[] },
  renaming: Renaming,
): ObjectOf<"view"> {
  const { view } = parts;
  const columns = [...parts.columns].sort((one, other) => one.number - other.number);
  return {
    kind: "view",
    id: idOf.view(row.oid),
    dependsOn: [],
    schema: renaming.schema(row.schema),
    name: row.name,
    isMaterialized: view.is_materialized,
    oid: row.oid,
    columns: columns.map((column) => ({
      number: column.number,
      name: column.name,
      type: renaming.text(column.type),
      typeIdentity: column.type_identity,
      collation: toCollation(column.collation_schema, column.collation_name, renaming),
      default: column.default_expression === null ? null : renaming.text(column.default_expression),
    })),
    options: [...view.options].sort(),
    definition: renaming.text(view.definition.trim().replace(/;$/, "")),
    isPopulated: view.is_populated,
    contents: view.contents,
  };
}
