/**
 * What a set of objects needs, and what has to be left out because something that it needs is not
 * replicated. Pure: pg_depend's facts come in as pairs of ids.
 */
import type { DependencyRow } from "../catalog/mod.ts";
import type { SchemaObject } from "../object.ts";
import { draftLeftOut } from "./drafts.ts";

/** Facts by the id that depends. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

export function toDependencies(rows: readonly DependencyRow[]): Dependencies {
  const map = new Map<string, string[]>();
  for (const { id, needs } of rows) {
    const list = map.get(id);
    if (list) list.push(needs);
    else map.set(id, [needs]);
  }
  return map;
}

/**
 * Adds to `chosen`, from `candidates`, everything that its objects need.
 * @returns the ids that were added.
 */
export function addNeeded(
  chosen: Map<string, SchemaObject>,
  candidates: ReadonlyMap<string, SchemaObject>,
  dependencies: Dependencies,
): string[] {
  const added: string[] = [];
  const open = [...chosen.keys()];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const needed of dependencies.get(id) ?? []) {
      const candidate = candidates.get(needed);
      if (candidate === undefined || chosen.has(needed)) continue;
      chosen.set(needed, candidate);
      added.push(needed);
      open.push(needed);
    }
  }
  return added;
}

/**
 * Sets every object's `dependsOn`, and replaces with `leftOut` what needs something that is not among
 * the objects, over as many steps as it takes. A table goes with any of its columns; a part of a table
 * that is left out goes unnamed.
 */
export function settle(
  chosen: ReadonlyMap<string, SchemaObject>,
  dependencies: Dependencies,
  options: { describe: (id: string) => string; nameOf: (object: SchemaObject) => string },
): SchemaObject[] {
  const objects = new Map(chosen);
  const leaveOut = (object: SchemaObject, missing: string) => {
    const reason = `it needs ${options.describe(missing)}, which is not replicated`;
    const name = options.nameOf(object);
    objects.set(object.id, draftLeftOut(object.id, { what: wordOf(object), name, reason }));
  };
  for (let isSettled = false; !isSettled;) {
    isSettled = true;
    for (const object of objects.values()) {
      if (object.kind === "leftOut") continue;
      const missing = neededBy(object, dependencies).find((id) => isMissing(objects, id));
      if (missing === undefined) continue;
      isSettled = false;
      const table = object.kind === "column" ? objects.get(object.table) : undefined;
      leaveOut(object, missing);
      if (table !== undefined && table.kind !== "leftOut") leaveOut(table, missing);
      if (table !== undefined || ("table" in object && isMissing(objects, object.table))) {
        objects.delete(object.id);
      }
    }
  }
  return [...objects.values()].map((object) =>
    object.kind === "leftOut"
      ? object
      : { ...object, dependsOn: neededBy(object, dependencies).sort() }
  );
}

function isMissing(objects: ReadonlyMap<string, SchemaObject>, id: string): boolean {
  const object = objects.get(id);
  return object === undefined || object.kind === "leftOut";
}

function neededBy(object: SchemaObject, dependencies: Dependencies): string[] {
  const needed = new Set<string>();
  if ("table" in object) needed.add(object.table);
  if (object.kind === "default") needed.add(object.column);
  if (object.kind === "foreignKey") needed.add(object.references);
  for (const id of dependencies.get(object.id) ?? []) {
    needed.add(id);
    const [kind, table] = id.split(/[:.]/);
    if (kind === "column" && table !== undefined) needed.add(`table:${table}`);
  }
  if (object.kind === "table") {
    for (const parent of object.inherits) needed.add(parent);
    // A partition is created alone and attached later; a parent out of scope is none.
    for (const id of needed) {
      if (id.startsWith("table:") && !object.inherits.includes(id)) needed.delete(id);
    }
  }
  if (object.kind === "sequence") {
    for (const id of needed) if (/^(table|column):/.test(id)) needed.delete(id);
    if (object.owner?.isIdentity) needed.add(object.owner.table).add(object.owner.column);
  }
  return [...needed];
}

/** What people call an object's kind. */
export function wordOf(object: SchemaObject): string {
  switch (object.kind) {
    case "foreignKey":
      return "foreign key";
    case "view":
      return object.isMaterialized ? "materialized view" : "view";
    case "definition":
      return object.what;
    default:
      return object.kind;
  }
}
