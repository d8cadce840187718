/**
 * Keys and indexes get new oids from REINDEX CONCURRENTLY and from a changed column type. One that
 * vanished while another of the same table says the same is still the same. What holds no rows, such as a
 * view or a function, is the same if it has the same name: DROP and CREATE are how people change it.
 */
import type { ObjectOf, SchemaObject } from "../object.ts";
import { commentId } from "../read/comments.ts";
import { type SchemaSnapshot, toSnapshot } from "../snapshot.ts";

type Part = ObjectOf<
  | "constraint"
  | "index"
  | "foreignKey"
  | "statistics"
  | "view"
  | "function"
  | "definition"
  | "extension"
  | "schema"
>;

/** `before` with the ids that its keys and indexes have in `after`. */
export function rekeyParts(before: SchemaSnapshot, after: SchemaSnapshot): SchemaSnapshot {
  const known = new Set(before.objects.map((object) => object.id));
  const kept = new Set(after.objects.map((object) => object.id));
  const arrivals = after.objects.filter(isPart).filter((object) => !known.has(object.id));
  const taken = new Set<string>();
  const newIds = new Map<string, string>();
  const vanished = before.objects.filter(isPart).filter((object) => !kept.has(object.id));
  for (const isNamed of [true, false]) {
    for (const object of vanished) {
      if (newIds.has(object.id)) continue;
      const key = meaningOf(object, isNamed);
      const match = key &&
        arrivals.find((arrival) => !taken.has(arrival.id) && meaningOf(arrival, isNamed) === key);
      if (!match) continue;
      taken.add(match.id);
      newIds.set(object.id, match.id);
    }
  }
  if (newIds.size === 0) return before;
  return toSnapshot(before.objects.map((object) => {
    if (object.kind === "comment") return withSubject(object, newIds.get(object.on));
    const id = newIds.get(object.id) ?? object.id;
    const table = "table" in object ? newIds.get(object.table) : undefined;
    const dependsOn = object.dependsOn.map((needed) => newIds.get(needed) ?? needed);
    return { ...object, id, dependsOn, ...table === undefined ? {} : { table } };
  }));
}

function withSubject(comment: ObjectOf<"comment">, on: string | undefined): SchemaObject {
  return on === undefined
    ? comment
    : { ...comment, id: commentId(on, comment.part), on, dependsOn: [on] };
}

function isPart(object: SchemaObject): object is Part {
  return kinds.has(object.kind) &&
    // Columns that use a collation have to change before it can be another one.
    !(object.kind === "definition" && object.what === "collation");
}

const kinds = new Set<SchemaObject["kind"]>([
  ...["constraint", "index", "foreignKey", "statistics", "view", "function"] as const,
  ...["definition", "extension", "schema"] as const,
]);

/** Undefined: by its name or not at all. */
function meaningOf(part: Part, isNamed: boolean): string | undefined {
  const name = isNamed ? part.name : "";
  // Another column may have taken the name.
  const columns = part.dependsOn.filter((id) => id.startsWith("column:"));
  switch (part.kind) {
    case "constraint":
      return JSON.stringify([part.kind, part.table, name, part.type, part.definition, columns]);
    case "index":
      return JSON.stringify([part.kind, part.table, name, part.isUnique, part.definition, columns]);
    case "statistics":
      return JSON.stringify([part.kind, part.table, name, part.kinds, part.columns, columns]);
    case "foreignKey":
      return JSON.stringify([
        ...[part.kind, part.table, name, part.references, columns],
        ...[part.columns, part.referencedColumns],
      ]);
    case "view":
      return isNamed ? JSON.stringify([part.isMaterialized, part.schema, name]) : undefined;
    case "function":
      return isNamed ? JSON.stringify([part.routine, part.schema, name, part.inputs]) : undefined;
    case "definition":
      return isNamed ? `${part.what} ${part.schema} ${name}${part.signature}` : undefined;
    case "extension":
    case "schema":
      return isNamed ? `${part.kind} ${name}` : undefined;
  }
}
