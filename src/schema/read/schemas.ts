/** Schemas as objects: those that the expression names, and those that something in the snapshot is in. */
import { matchesSchema, type TargetExpression } from "../../model/mod.ts";
import type { SchemaRow } from "../catalog/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { idOf } from "./drafts.ts";

/** Extensions make their own schema: that one is never renamed. */
export function draftSchemas(
  rows: readonly SchemaRow[],
  objects: readonly SchemaObject[],
  options: {
    expression: TargetExpression;
    renaming: Renaming;
    /** The source's schema of an object, by the object's id. */
    schemaOf: (id: string) => { oid: string; name: string } | undefined;
  },
): ObjectOf<"schema">[] {
  const { expression, renaming, schemaOf } = options;
  const schemas = new Map<string, ObjectOf<"schema">>();
  const add = ({ oid, name }: { oid: string; name: string }, isNamed: boolean) => {
    const id = idOf.schema(oid);
    if (schemas.has(id)) return;
    schemas.set(id, { kind: "schema", id, dependsOn: [], name: renaming.schema(name), isNamed });
  };
  for (const row of rows) {
    if (!row.is_member && matchesSchema(expression, row.name)) add(row, true);
  }
  for (const object of objects) {
    const schema = schemaOf(object.id);
    if (schema !== undefined && object.kind !== "leftOut") add(schema, false);
  }
  return [...schemas.values()];
}
