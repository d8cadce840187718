/**
 * Keys and indexes get new oids from REINDEX CONCURRENTLY and from a changed column type. One that
 * vanished while another of the same table says the same is still the same.
 */
import type { ObjectOf, SchemaObject } from "../object.ts";
import { commentId } from "../read/comments.ts";
import { type SchemaSnapshot, toSnapshot } from "../snapshot.ts";

type Part = ObjectOf<"constraint" | "index" | "foreignKey" | "statistics">;

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
      const match = arrivals.find((arrival) =>
        !taken.has(arrival.id) && meaningOf(arrival, isNamed) === key
      );
      if (match === undefined) continue;
      taken.add(match.id);
      newIds.set(object.id, match.id);
    }
  }
  if (newIds.size === 0) return before;
  return toSnapshot(before.objects.map((object) => {
    if (object.kind === "comment") return withSubject(object, newIds.get(object.on));
    const id = newIds.get(object.id);
    return id === undefined ? object : { ...object, id };
  }));
}

function withSubject(comment: ObjectOf<"comment">, on: string | undefined): SchemaObject {
  return on === undefined
    ? comment
    : { ...comment, id: commentId(on, comment.part), on, dependsOn: [on] };
}

function isPart(object: SchemaObject): object is Part {
  return object.kind === "constraint" || object.kind === "index" ||
    object.kind === "foreignKey" || object.kind === "statistics";
}

function meaningOf(part: Part, isNamed: boolean): string {
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
  }
}
