/** A snapshot as sorted lines that two databases with the same schema share: names instead of oids. */
import type { SchemaObject, SchemaSnapshot } from "../../src/schema/mod.ts";

/** Fields that say who an object is or where PostgreSQL keeps it, not what it is. */
const unshared = new Set([
  ...["id", "dependsOn", "oid", "number", "typeIdentity", "missingValue", "contents", "identity"],
  // The target may have come by an older server's extension, or by one of another name.
  "isNamed",
  // Made up by the target where the source is older than 14.
  "multirange",
]);
const references = new Set(["table", "column", "references", "parent", "inherits", "ofType", "on"]);

export function normalForm(snapshot: SchemaSnapshot): string[] {
  const byId = new Map(snapshot.objects.map((object) => [object.id, object]));
  return snapshot.objects
    .filter((object) => !["scope", "leftOut"].includes(object.kind))
    .map((object) => JSON.stringify(normalise(object, (id) => nameOf(id, byId))))
    .sort();
}

function normalise(value: unknown, toName: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => normalise(item, toName));
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).filter(([key]) => !unshared.has(key));
  return Object.fromEntries(
    fields.sort(([one], [other]) => one < other ? -1 : 1).map(([key, field]) => {
      if (!references.has(key)) return [key, normalise(field, toName)];
      return [
        key,
        Array.isArray(field) ? field.map(toName) : field === null ? null : toName(field),
      ];
    }),
  );
}

function nameOf(id: string, byId: ReadonlyMap<string, SchemaObject>): string {
  const object = byId.get(id);
  if (object === undefined) return `missing ${id}`;
  const table = "table" in object ? `${nameOf(object.table, byId)}.` : "";
  if (object.kind === "default") return nameOf(object.column, byId);
  const schema = "schema" in object ? `${object.schema}.` : "";
  return "name" in object ? `${table}${schema}${object.name}` : id;
}
