/**
 * Steps that drop what was applied before and is gone from the source. Never CASCADE: what else the
 * target hangs on an object is not teleport's. Schemas and extensions that only others needed stay.
 */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import { dropObject } from "../render.ts";
import { createDummyView, definitionKey } from "../render_objects.ts";
import { findCircles } from "./circles.ts";
import type { PlanContext } from "./context.ts";
import { heldSchemaOf, holdDrop } from "./hold.ts";
import { goneOfParents, isKeptByChildren } from "./inherited.ts";
import { dropStatistics } from "./statistics.ts";
import { rank } from "./step.ts";

/** Plans the drops of everything in `before` that `after` does not have. */
export function planDrops(context: PlanContext): void {
  const gone = [...context.before.byId.values()].filter((object) =>
    !context.after.byId.has(object.id)
  );
  const scopeBefore = context.before.get("scope", "scope");
  const scopeAfter = context.after.get("scope", "scope");
  const isNarrowed = scopeBefore !== undefined &&
    scopeBefore.expression !== scopeAfter?.expression;
  const circular = keysInCircles(gone);
  const circles = dropsOfCircles(gone);
  // Dependants first.
  const needs = needsOf(gone);
  for (const object of orderForDrop(gone, needs)) {
    if (object.kind === "comment") continue; // planComments takes it back
    if (isNarrowed && !("table" in object)) {
      context.leave(object, "left in place: the target_expression changed");
      continue;
    }
    const dropCircle = circles.get(object.id);
    if (dropCircle !== undefined) {
      if (object.kind === "view") context.freed.add(quoteName(object));
      context.add(object, "drop", dropCircle, { rank: rank.drop, dependsOn: [] });
    } else if (circular.has(object.id)) {
      dropKeyOfCircle(context, object);
    } else if (!holdDrop(context, object)) planDrop(context, object, gone);
  }
  orderDrops(context, needs);
}

/** By id: what each needs of the others. What a part of a table needs, the table needs: it takes it along. */
function needsOf(objects: readonly SchemaObject[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Set(objects.map(({ id }) => id));
  const parts = Map.groupBy(objects, (object) => "table" in object ? object.table : undefined);
  return new Map(objects.map((object) => {
    const needed = [object, ...parts.get(object.id) ?? []].flatMap(({ dependsOn }) => dependsOn);
    if (object.kind === "table") needed.push(...parentsOf(object));
    return [object.id, needed.filter((id) => ids.has(id) && id !== object.id)];
  }));
}

function parentsOf({ partition, inherits }: ObjectOf<"table">): string[] {
  return partition === null ? inherits : [partition.parent, ...inherits];
}

/** Dependants first. */
function orderForDrop(
  objects: readonly SchemaObject[],
  needs: ReadonlyMap<string, readonly string[]>,
): SchemaObject[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const ordered: SchemaObject[] = [];
  const met = new Set<string>();
  const visit = (object: SchemaObject): void => {
    if (met.has(object.id)) return;
    met.add(object.id);
    for (const id of needs.get(object.id) ?? []) {
      const needed = byId.get(id);
      if (needed) visit(needed);
    }
    ordered.push(object);
  };
  objects.forEach(visit);
  return ordered.reverse();
}

/** So that the order holds where some of the drops become part of a group. None in a circle could be the first. */
function orderDrops(context: PlanContext, needs: ReadonlyMap<string, readonly string[]>): void {
  const circles = findCircles(needs.keys(), (id) => needs.get(id) ?? []);
  const circleOf = new Map(circles.flatMap((ids, at) => ids.map((id) => [id, at])));
  const dependants = new Map<string, string[]>();
  for (const [id, needed] of needs) {
    for (const other of needed) {
      if (circleOf.get(id) === circleOf.get(other)) continue;
      dependants.set(other, [...dependants.get(other) ?? [], id]);
    }
  }
  for (const step of context.steps) {
    step.dependsOn = [...step.dependsOn, ...dependants.get(step.id) ?? []];
  }
}

/** Ids of foreign keys between tables that all go, of which none could be the first. */
function keysInCircles(gone: readonly SchemaObject[]): ReadonlySet<string> {
  const keys = gone.filter((object) => object.kind === "foreignKey");
  const byTable = Map.groupBy(keys, ({ table }) => table);
  const tables = gone.filter(({ kind }) => kind === "table").map(({ id }) => id);
  const circles = findCircles(
    tables,
    (id) => byTable.get(id)?.map(({ references }) => references) ?? [],
  );
  const circleOf = new Map(circles.flatMap((ids, at) => ids.map((id) => [id, at])));
  const isInOne = ({ table, references }: ObjectOf<"foreignKey">) =>
    table !== references && circleOf.get(table) === circleOf.get(references);
  return new Set(keys.filter(isInOne).map(({ id }) => id));
}

/** By id of each view and function that need each other: how all of them are dropped. */
function dropsOfCircles(gone: readonly SchemaObject[]): ReadonlyMap<string, string[]> {
  const nodes = new Map(
    gone.flatMap((object) =>
      object.kind === "view" || object.kind === "function" ? [[object.id, object] as const] : []
    ),
  );
  const circles = findCircles(nodes.keys(), (id) => nodes.get(id)?.dependsOn ?? []);
  return new Map(
    circles.filter((ids) => ids.length > 1).flatMap((ids) => {
      const members = ids.flatMap((id) => nodes.get(id) ?? []);
      const views = members.filter((object) => object.kind === "view");
      const functions = members.filter((object) => object.kind === "function");
      // Views that read nothing are in no function's way, nor in each other's.
      const statements = [
        ...views.map(createDummyView),
        ...[...functions, ...views].map(dropObject),
      ];
      return ids.map((id) => [id, statements] as const);
    }),
  );
}

function planDrop(
  context: PlanContext,
  object: SchemaObject,
  gone: readonly SchemaObject[],
): void {
  const drop = (statement: string) => {
    context.add(object, "drop", [statement], { rank: rank.drop, dependsOn: [] });
  };
  switch (object.kind) {
    case "scope":
    case "comment":
    case "leftOut":
      return;
    case "schema":
      // One that only something else needed is not gone.
      if (!object.isNamed) return;
      return context.add(object, "drop", [
        `drop schema if exists ${quoteIdentifier(object.name)}`,
      ], { rank: rank.dropSchema, dependsOn: [] });
    case "extension":
      if (object.isNamed) drop(dropObject(object));
      return;
    case "definition":
      context.freed.add(definitionKey(object));
      return drop(dropObject(object));
    case "function":
      return drop(dropObject(object));
    case "view":
    case "enum":
    case "composite":
    case "range":
    case "domain":
      context.freed.add(quoteName(object));
      return drop(dropObject(object));
    case "sequence":
      return dropSequence(context, object, drop);
    case "table":
      context.freed.add(quoteName(object));
      return drop(dropTable(object));
    case "statistics":
      return dropStatistics(context, object);
    case "column":
    case "default":
    case "constraint":
    case "foreignKey":
    case "index":
      return dropPart(context, object, gone, drop);
    default:
      object satisfies never;
  }
}

function dropKeyOfCircle(context: PlanContext, key: SchemaObject): void {
  const table = key.kind === "foreignKey" && context.before.get("table", key.table);
  if (!table) return;
  const name = quoteIdentifier(key.name);
  context.add(key, "drop", [
    `alter table if exists ${quoteName(table)} drop constraint if exists ${name}`,
  ], { rank: rank.drop, dependsOn: [] });
}

function dropTable(table: ObjectOf<"table">): string {
  const schema = heldSchemaOf(table);
  const drop = dropObject(table);
  return schema === undefined ? drop : `${drop}; drop schema if exists ${quoteIdentifier(schema)}`;
}

function dropSequence(
  context: PlanContext,
  sequence: ObjectOf<"sequence">,
  drop: (statement: string) => void,
): void {
  context.freed.add(quoteName(sequence));
  const { owner } = sequence;
  if (owner?.isIdentity) {
    const place = placeOfColumn(context, owner.column);
    if (place === undefined) return; // goes with its column
    if (context.version >= 100000) return drop(`alter table ${place} drop identity if exists`);
    return drop(
      `alter table ${place} drop default; drop sequence if exists ${quoteName(sequence)}`,
    );
  }
  drop(dropObject(sequence));
}

type Part = ObjectOf<"column" | "default" | "constraint" | "foreignKey" | "index">;

/** A part goes with its table. An inherited one goes with the parent's. */
function dropPart(
  context: PlanContext,
  part: Part,
  gone: readonly SchemaObject[],
  drop: (statement: string) => void,
): void {
  if (part.kind === "index" && context.before.get("view", part.table) !== undefined) {
    if (context.after.byId.has(part.table)) drop(dropObject(part));
    return;
  }
  const table = context.before.get("table", part.table);
  if (table === undefined || context.after.get("table", part.table) === undefined) return;
  const alter = `alter table if exists ${quoteName(table)}`;
  if (part.kind === "default") {
    const place = placeOfColumn(context, part.column);
    const name = context.before.get("column", part.column)?.name;
    const hasDefault = name !== undefined &&
      (context.catalog.table(table)?.columns.get(name)?.default_oid ?? null) !== null;
    if (place !== undefined && hasDefault) drop(`alter table only ${place} drop default`);
    return;
  }
  const name = quoteIdentifier(part.name);
  context.freed.add(`${quoteName(table)}.${name}`);
  if (part.kind === "column") {
    dropInherited(context, part, gone);
  } else if ("parent" in part && gone.some((other) => other.id === part.parent)) {
    return; // goes with the partitioned table's
  } else if (part.kind === "index") {
    drop(`drop index if exists ${quoteIdentifier(table.schema)}.${name}`);
  } else if (part.kind === "constraint" && part.type === "notNull") {
    // The column says whether it takes nulls; one that never bound the rows goes by itself.
    if (!part.isValidated && !part.isInherited) drop(`${alter} drop constraint if exists ${name}`);
  } else if (part.kind === "constraint" && part.type === "check") {
    dropInherited(context, part, gone);
  } else {
    drop(`${alter} drop constraint if exists ${name}`);
  }
}

/** A column or a check. It goes with the parent's, unless the table has it of its own as well, or it was dropped ONLY. */
function dropInherited(
  context: PlanContext,
  part: ObjectOf<"column" | "constraint">,
  gone: readonly SchemaObject[],
): void {
  const table = context.before.get("table", part.table);
  if (table === undefined) return;
  const ofParents = goneOfParents(context, part, gone);
  const isTaken = !part.isLocal && ofParents.some((other) => !isKeptByChildren(context, other));
  if (isTaken) return;
  const only = isKeptByChildren(context, part) ? "only " : "";
  context.add(part, "drop", [
    `alter table if exists ${only}${quoteName(table)} drop ${
      part.kind === "column" ? "column" : "constraint"
    } if exists ${quoteIdentifier(part.name)}`,
  ], { rank: rank.drop, dependsOn: ofParents.map(({ id }) => id) });
}

/** `table alter column name` of a column that stays, by its name before this plan. */
function placeOfColumn(context: PlanContext, id: string): string | undefined {
  const column = context.before.get("column", id);
  const table = column && context.before.get("table", column.table);
  if (column === undefined || table === undefined || !context.after.byId.has(id)) return undefined;
  return `${quoteName(table)} alter column ${quoteIdentifier(column.name)}`;
}
