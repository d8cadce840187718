/** Renames and moves, by identity. They come before everything that uses the new names. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { NamedObject, ObjectOf } from "../object.ts";
import { objectName, objectWord } from "../render.ts";
import { partKey, type PlanContext } from "./context.ts";
import { asideName } from "./names.ts";
import { rank } from "./step.ts";

/** Plans the renames of everything that both snapshots have. Drops are planned before. */
export function planRenames(context: PlanContext): void {
  for (const after of context.after.byId.values()) {
    const before = context.before.byId.get(after.id);
    if (before === undefined || before.kind !== after.kind) continue;
    if ("schema" in after && "schema" in before) renameNamed(context, before, after);
    else if (after.kind === "schema" && before.kind === "schema") {
      renameSchema(context, before, after);
    } else if (after.kind === "column" && before.kind === "column") {
      renameColumn(context, before, after);
    } else if (
      (after.kind === "constraint" && before.kind === "constraint") ||
      (after.kind === "foreignKey" && before.kind === "foreignKey")
    ) renameConstraint(context, before, after);
  }
}

function renameSchema(
  context: PlanContext,
  before: ObjectOf<"schema">,
  after: ObjectOf<"schema">,
): void {
  if (before.name === after.name) return;
  const holder = context.before.all("schema").find((other) =>
    other.id !== after.id && other.name === after.name && context.after.byId.has(other.id)
  );
  const statement = (from: string, to: string) =>
    `alter schema ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`;
  const aside = asideName(after);
  if (holder !== undefined && before.name !== aside) {
    context.add(after, "set aside", [statement(before.name, aside)], {
      id: `${after.id}#aside`,
      rank: rank.aside,
      dependsOn: [],
    });
  }
  context.add(
    after,
    "rename",
    [statement(holder === undefined ? before.name : aside, after.name)],
    {
      dependsOn: holder === undefined ? [] : [holder.id, `${after.id}#aside`],
    },
  );
}

function renameNamed(context: PlanContext, before: NamedObject, after: NamedObject): void {
  if (before.kind === "extension") return; // planAlteration moves it
  // A cast's name says its types, which have been renamed by then.
  if (before.kind === "definition" && before.what === "cast") return;
  if (before.kind === "index" && !hasIndex(context, before)) return; // built later, as it is now
  if (before.kind === "statistics" && !context.catalog.statistics.has(quoteName(before))) return;
  const carrier = carrierOf(context, before, after);
  const schema = carrier === undefined ? schemaNow(context, before.schema) : after.schema;
  const isMoved = schema !== after.schema && after.kind !== "index";
  const isRenamed = before.name !== after.name;
  if (!isMoved && !isRenamed) return;
  const alter = `alter ${objectWord(after)}`;
  const places = [{ schema, name: after.name }, { schema: after.schema, name: after.name }];
  const isTaken = places.some((place) => clashes(context, after, place));
  let place = { schema, name: before.name };
  if (isTaken) place = setAside(context, before, after);
  const statements: string[] = [];
  const rename = () => {
    if (place.name === after.name) return;
    const name = quoteIdentifier(after.name);
    // Types in a signature have their new names by then.
    statements.push(`${alter} ${objectName(after, place)} rename to ${name}`);
    place = { schema: place.schema, name: after.name };
  };
  // One that was set aside has a name that nobody has there either.
  if (!isTaken) rename();
  if (isMoved) {
    const target = quoteIdentifier(after.schema);
    statements.push(`${alter} ${objectName(after, place)} set schema ${target}`);
    place = { schema: after.schema, name: place.name };
  }
  rename();
  context.add(after, "rename", statements, {
    id: `${after.id}#rename`,
    rank: 0,
    dependsOn: [
      ...[schemaId(context, after.schema), carrier ?? "", `${after.id}#aside`],
      ...hasSignature(after) ? after.dependsOn.map((id) => `${id}#rename`) : [],
    ],
  });
  context.freed.add(quoteName({ schema: before.schema, name: before.name }));
}

/** The rename of the table that takes its indexes and the sequences of its columns along. */
function carrierOf(
  context: PlanContext,
  before: NamedObject,
  after: NamedObject,
): string | undefined {
  const table = before.kind === "index"
    ? before.table
    : before.kind === "sequence"
    ? before.owner?.table ?? ""
    : "";
  const [from, to] = [context.before.get("table", table), context.after.get("table", table)];
  const isCarried = from !== undefined && from.schema === before.schema &&
    to !== undefined && to.schema === after.schema && from.schema !== to.schema;
  return isCarried ? `${table}#rename` : undefined;
}

function schemaId(context: PlanContext, schema: string): string {
  return context.after.all("schema").find(({ name }) => name === schema)?.id ?? "";
}

function hasSignature(object: NamedObject): boolean {
  return object.kind === "function" || (object.kind === "definition" && object.signature !== "");
}

function hasIndex(context: PlanContext, index: ObjectOf<"index">): boolean {
  const table = context.before.get("table", index.table) ?? context.before.get("view", index.table);
  return table !== undefined &&
    context.catalog.table(table)?.indexes.some((row) => row.name === index.name) === true;
}

/** Another object that is renamed or moved too still has the place. */
function clashes(
  context: PlanContext,
  after: NamedObject,
  place: { schema: string; name: string },
): boolean {
  return context.before.all(after.kind).some((other) =>
    "schema" in other && other.id !== after.id && other.name === place.name &&
    schemaNow(context, other.schema) === place.schema && context.after.byId.has(other.id)
  );
}

function setAside(
  context: PlanContext,
  before: NamedObject,
  after: NamedObject,
): { schema: string; name: string } {
  const schema = schemaNow(context, before.schema);
  const name = asideName(after);
  const place = objectName(before, { schema, name: before.name });
  if (before.name !== name) {
    context.add(after, "set aside", [
      `alter ${objectWord(before)} ${place} rename to ${quoteIdentifier(name)}`,
    ], { id: `${after.id}#aside`, rank: rank.aside, dependsOn: [schemaId(context, schema)] });
  }
  return { schema: carrierOf(context, before, after) === undefined ? schema : after.schema, name };
}

function renameColumn(
  context: PlanContext,
  before: ObjectOf<"column">,
  after: ObjectOf<"column">,
): void {
  const table = context.after.get("table", after.table);
  if (before.name === after.name || table === undefined) return;
  context.freed.add(partKey(context.nameNow(table), before.name));
  if (context.isCarried(after)) return;
  const alter = `alter table ${quoteName(table)} rename column`;
  const isTaken = context.before.columnsOf(after.table).some((other) =>
    other.name === after.name && context.after.byId.has(other.id)
  );
  let name = before.name;
  if (isTaken && before.name !== asideName(after)) {
    name = asideName(after);
    context.add(after, "set aside", [
      `${alter} ${quoteIdentifier(before.name)} to ${quoteIdentifier(name)}`,
    ], { id: `${after.id}#aside`, rank: rank.aside, dependsOn: [`${table.id}#rename`] });
  }
  context.add(after, "rename", [
    `${alter} ${quoteIdentifier(name)} to ${quoteIdentifier(after.name)}`,
  ], {
    id: `${after.id}#rename`,
    rank: 0,
    dependsOn: [`${table.id}#rename`, `${after.id}#aside`],
  });
}

function renameConstraint(
  context: PlanContext,
  before: ObjectOf<"constraint" | "foreignKey">,
  after: ObjectOf<"constraint" | "foreignKey">,
): void {
  const table = context.after.get("table", after.table);
  if (before.name === after.name || table === undefined) return;
  if (after.kind === "constraint" && isOfTree(after) && context.isCarried(after)) return;
  const known = context.before.get("table", after.table);
  const isThere = known !== undefined &&
    context.catalog.table(known)?.constraints.some((row) => row.name === before.name);
  if (!isThere) return; // built later, under its new name
  const isTaken = context.before.all(before.kind).some((other) =>
    other.table === after.table && other.id !== after.id && other.name === after.name &&
    context.after.byId.has(other.id)
  );
  const rename = `alter table ${quoteName(table)} rename constraint`;
  const dependsOn = [`${table.id}#rename`];
  let name = before.name;
  if (isTaken && before.name !== asideName(after)) {
    name = asideName(after);
    const names = [before.name, name].map((each) => quoteIdentifier(each));
    const aside = { id: `${after.id}#aside`, rank: rank.aside, dependsOn };
    context.add(after, "set aside", [`${rename} ${names.join(" to ")}`], aside);
  }
  const names = [name, after.name].map((each) => quoteIdentifier(each));
  context.add(after, "rename", [`${rename} ${names.join(" to ")}`], {
    id: `${after.id}#rename`,
    rank: 0,
    dependsOn: [...dependsOn, `${after.id}#aside`],
  });
}

/** Whether children and partitions have it too. */
function isOfTree(constraint: ObjectOf<"constraint">): boolean {
  return constraint.type === "check" || constraint.type === "notNull";
}

/** The schema that an object is in once renames of schemas are done. */
export function schemaNow(context: PlanContext, schema: string): string {
  const before = context.before.all("schema").find(({ name }) => name === schema);
  return before === undefined ? schema : context.after.get("schema", before.id)?.name ?? schema;
}
