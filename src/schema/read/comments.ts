/** Comments as snapshot objects of their own, each for an object that is in the snapshot. */
import type { CommentRow } from "../catalog/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";

/** Beginnings of the ids that a catalog's rows have in a snapshot. */
const idsOfClass: Readonly<Record<string, readonly string[]>> = {
  pg_namespace: ["schema"],
  pg_class: ["table", "sequence", "index", "view"],
  pg_type: ["type"],
  pg_proc: ["function", "aggregate"],
  pg_collation: ["collation"],
  pg_cast: ["cast"],
  pg_operator: ["operator"],
  pg_opclass: ["operator class"],
  pg_opfamily: ["operator family"],
  pg_ts_config: ["text search configuration"],
  pg_ts_dict: ["text search dictionary"],
  pg_constraint: ["constraint"],
  pg_statistic_ext: ["statistics"],
};

/** Extensions bring their own. */
export function draftComments(
  rows: readonly CommentRow[],
  objects: readonly SchemaObject[],
): ObjectOf<"comment">[] {
  const kinds = new Map(objects.map((object) => [object.id, object.kind]));
  return rows.flatMap((row) => {
    const column = `column:${row.oid}.${row.number}`;
    const ids = (idsOfClass[row.class] ?? []).map((prefix) => `${prefix}:${row.oid}`);
    const on = [...row.class === "pg_class" && row.number > 0 ? [column] : [], ...ids]
      .find((id) => kinds.has(id));
    if (on === undefined || kinds.get(on) === "leftOut") return [];
    return [toComment(row, on, on === column ? null : partOf(row))];
  });
}

export function commentId(on: string, part: ObjectOf<"comment">["part"]): string {
  return part === null ? `comment:${on}` : `comment:${on}.${part.id}`;
}

function toComment(
  row: CommentRow,
  on: string,
  part: ObjectOf<"comment">["part"],
): ObjectOf<"comment"> {
  return { kind: "comment", id: commentId(on, part), dependsOn: [on], on, part, text: row.text };
}

function partOf(row: CommentRow): ObjectOf<"comment">["part"] {
  if (row.part === null) return null;
  const id = row.part_id;
  if (row.number > 0) return { kind: "column", id, name: row.part };
  return { kind: row.class === "pg_type" ? "constraint" : "index", id, name: row.part };
}
