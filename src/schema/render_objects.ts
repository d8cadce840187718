/** Statements for views and for objects that are no more than a definition. */
import { quoteIdentifier, quoteList, quoteLiteral, quoteName } from "../model/mod.ts";
import type { ObjectOf } from "./object.ts";
import { typeOf } from "./render_type.ts";

/** What CREATE, ALTER and DROP call the kind of an object. */
export function wordOfView(view: ObjectOf<"view">): string {
  return view.isMaterialized ? "materialized view" : "view";
}

/** A view's query replaces an older one of the same columns; a materialized view begins empty. */
export function createView(view: ObjectOf<"view">): string[] {
  const create = view.isMaterialized ? "create materialized view" : "create or replace view";
  const end = view.isMaterialized ? " with no data" : "";
  return [
    `${create} ${quoteName(view)} ${columnList(view)}${
      viewOptions(view)
    } as ${view.definition}${end}`,
    ...view.columns.flatMap((column) =>
      column.default === null ? [] : [setViewDefault(view, column)]
    ),
  ];
}

/** The view's columns over no rows: so that what its query needs can refer to the view itself. */
export function createDummyView(view: ObjectOf<"view">): string {
  const values = view.columns.map((column) => `null::${typeOf(column)}`);
  return `create or replace view ${quoteName(view)} ${columnList(view)} as select ${
    values.join(", ")
  }`;
}

export function setViewDefault(
  view: ObjectOf<"view">,
  column: ObjectOf<"view">["columns"][number],
): string {
  const change = column.default === null ? "drop default" : `set default ${column.default}`;
  return `alter view ${quoteName(view)} alter column ${quoteIdentifier(column.name)} ${change}`;
}

function columnList(view: ObjectOf<"view">): string {
  return view.columns.length === 0 ? "" : `(${quoteList(view.columns.map(({ name }) => name))})`;
}

function viewOptions(view: ObjectOf<"view">): string {
  return view.options.length === 0 ? "" : ` with (${view.options.map(optionOf).join(", ")})`;
}

/** `name = 'value'` of the catalog's `name=value`. */
export function optionOf(option: string): string {
  const at = option.indexOf("=");
  const name = option.slice(0, at).split(".").map((part) => quoteIdentifier(part)).join(".");
  return `${name} = ${quoteLiteral(option.slice(at + 1))}`;
}

type Definition = ObjectOf<"definition">;

/** How statements name it: operators are no identifiers, casts have no name at all. */
export function definitionName(
  object: { what: string; schema: string; name: string },
): string {
  if (object.what === "cast") return object.name;
  if (object.what === "operator") return `${quoteIdentifier(object.schema)}.${object.name}`;
  return quoteName(object);
}

/** What tells it apart from all others, and what DROP takes. */
export function definitionKey(
  object: { what: string; schema: string; name: string; signature: string },
): string {
  return `${object.what} ${definitionName(object)}${object.signature}`;
}

export function createDefinition(object: Definition): string[] {
  const { what, definition, additions } = object;
  const create = `create ${what} ${definitionName(object)}`;
  if (what === "text search dictionary") {
    return [`${create} (${[definition, ...additions.map(({ add }) => add)].join(", ")})`];
  }
  return [
    create + definition,
    ...additions.map(({ add }) => `alter ${definitionKey(object)} ${add}`),
  ];
}

/** From one set of additions to another; what both have stays. */
export function alterAdditions(before: Definition, after: Definition): string[] {
  const kept = new Set(after.additions.map(({ add }) => add));
  const known = new Set(before.additions.map(({ add }) => add));
  const added = after.additions.filter(({ add }) => !known.has(add));
  const addedDrops = new Set(added.map(({ drop }) => drop));
  const isDictionary = after.what === "text search dictionary";
  const lost = before.additions.filter(({ add, drop }) =>
    // An option that is set anew needs no taking back.
    !kept.has(add) && !(isDictionary && addedDrops.has(drop))
  );
  const changes = [...lost.map(({ drop }) => drop), ...added.map(({ add }) => add)];
  if (changes.length === 0) return [];
  const alter = `alter ${definitionKey(after)}`;
  return isDictionary
    ? [`${alter} (${changes.join(", ")})`]
    : changes.map((change) => `${alter} ${change}`);
}
