/** Steps for comments: whatever their objects are, they are said, said otherwise and taken back alike. */
import { quoteIdentifier, quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import { objectName, objectWord } from "../render.ts";
import type { SnapshotIndex } from "../snapshot.ts";
import type { PlanContext } from "./context.ts";
import { notEnforced } from "./create_key.ts";
import { firstWithNotNull } from "./not_null.ts";

/** To be called when everything else is planned: what a step makes anew lost its comments. */
export function planComments(context: PlanContext): void {
  for (const comment of context.after.all("comment")) {
    const before = context.before.get("comment", comment.id);
    const isKept = context.before.byId.has(comment.on) && !context.rebuilt.has(comment.on);
    if (!isKept || before?.text !== comment.text) say(context, comment, comment.text);
  }
  for (const comment of context.before.all("comment")) {
    const isGone = context.after.get("comment", comment.id) === undefined;
    const object = context.after.byId.get(comment.on);
    if (isGone && object !== undefined && object.kind !== "leftOut") say(context, comment, null);
  }
}

function say(context: PlanContext, comment: ObjectOf<"comment">, text: string | null): void {
  const statement = commentOn(comment, context.after, text);
  if (statement === undefined || isMadeLater(context, comment.on)) return;
  const reason = whyNot(context, comment);
  if (reason !== undefined) return context.leave(comment, reason);
  context.add(comment, text === null ? "drop" : "set comment", [statement], {
    dependsOn: [comment.on, `${comment.on}#rename`],
  });
}

function whyNot(context: PlanContext, comment: ObjectOf<"comment">): string | undefined {
  const object = context.after.get("constraint", comment.on);
  if (comment.part?.kind === "constraint" && context.version < 90500) {
    return "checks of domains have comments from PostgreSQL 9.5 on";
  }
  if (object?.type === "notNull" && context.version < firstWithNotNull) {
    return "NOT NULL is a constraint with a name from PostgreSQL 18 on";
  }
  return object?.isEnforced === false && context.version < 180000 ? notEnforced : undefined;
}

/** Statements for the comments on an object and its parts that is made outside of a plan. */
export function commentsOn(id: string, index: SnapshotIndex): string[] {
  return index.all("comment")
    .filter((comment) => comment.on === id)
    .flatMap((comment) => commentOn(comment, index, comment.text) ?? []);
}

/** @param text null takes the comment back. */
function commentOn(
  comment: ObjectOf<"comment">,
  index: SnapshotIndex,
  text: string | null,
): string | undefined {
  const object = index.byId.get(comment.on);
  const place = object && placeOf(object, comment.part, index);
  return place && `comment on ${place} is ${text === null ? "null" : quoteLiteral(text)}`;
}

function placeOf(
  object: SchemaObject,
  part: ObjectOf<"comment">["part"],
  index: SnapshotIndex,
): string | undefined {
  const table = "table" in object ? index.get("table", object.table) : undefined;
  if (part !== null) {
    const name = quoteIdentifier(part.name);
    const home = "schema" in object ? object : table;
    if (home === undefined) return undefined;
    if (part.kind === "column") return `column ${quoteName(home)}.${name}`;
    if (part.kind === "constraint") return `constraint ${name} on domain ${quoteName(home)}`;
    return `index ${quoteIdentifier(home.schema)}.${name}`;
  }
  if (object.kind === "schema") return `schema ${quoteIdentifier(object.name)}`;
  if ("schema" in object) {
    return `${objectWord(object)} ${objectName(object)}`;
  }
  if (table === undefined || !("name" in object)) return undefined;
  const name = quoteIdentifier(object.name);
  return object.kind === "column"
    ? `column ${quoteName(table)}.${name}`
    : `constraint ${name} on ${quoteName(table)}`;
}

/** Foreign keys, and keys and indexes of a table that is being loaded: whoever makes them comments them. */
function isMadeLater(context: PlanContext, id: string): boolean {
  const object = context.after.byId.get(id);
  if (object === undefined || !("table" in object)) return false;
  const table = context.tableOf(object);
  if (object.kind === "foreignKey") {
    const name = context.before.get("foreignKey", id)?.name ?? object.name;
    return table === undefined || context.targetTable(table)?.constraints
          .some((row) => row.type === "f" && row.name === name) !== true;
  }
  const isKey = object.kind === "index" || object.kind === "constraint";
  if (!isKey || table === undefined || !context.bareTables.has(table.id)) return false;
  const before = context.before.byId.get(id);
  const known = before?.kind === "index" || before?.kind === "constraint" ? before : object;
  return context.findPart(table, known) === undefined;
}
