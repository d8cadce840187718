/** Steps that change what both snapshots have, names apart. What cannot be followed is said. */
import { quoteIdentifier, quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectKind, ObjectOf, SchemaObject } from "../object.ts";
import { createFunction, sequenceOptions, typeOf } from "../render.ts";
import { canonicalJson } from "../snapshot.ts";
import { alterComposite, alterDomain } from "./alter_type.ts";
import type { PlanContext } from "./context.ts";
import { alterDefinition } from "./definition.ts";
import { alterExtension } from "./extension.ts";
import { alterView } from "./view.ts";
import { planAttachment, planMissingLabels, setDefault } from "./create.ts";
import { renamesOf } from "./names.ts";
import { rank } from "./step.ts";

/** Plans the change of one object from what was applied to what the source has now: both have it. */
export function planAlteration(context: PlanContext, after: SchemaObject): void {
  const change = <Kind extends ObjectKind>(
    kind: Kind,
    object: ObjectOf<Kind>,
    alter: (context: PlanContext, before: ObjectOf<Kind>, after: ObjectOf<Kind>) => void,
  ) => {
    const before = context.before.get(kind, object.id);
    if (before !== undefined) alter(context, before, object);
  };
  switch (after.kind) {
    case "scope":
    case "schema":
    case "range":
    case "foreignKey":
    case "index":
      return; // renames apart, a definition changes only with the names in it
    case "extension":
      return change("extension", after, alterExtension);
    case "view":
      return change("view", after, alterView);
    case "definition":
      return change("definition", after, alterDefinition);
    case "enum":
      return change("enum", after, alterEnum);
    case "composite":
      return change("composite", after, alterComposite);
    case "domain":
      return change("domain", after, alterDomain);
    case "sequence":
      return change("sequence", after, alterSequence);
    case "function":
      return change("function", after, alterFunction);
    case "table":
      return change("table", after, alterTable);
    case "column":
      return change("column", after, alterColumn);
    case "default":
      return change("default", after, alterDefault);
    case "constraint":
      return change("constraint", after, alterConstraint);
    case "leftOut":
      return context.leave(after, after.reason);
    default:
      after satisfies never;
  }
}

function alterEnum(
  context: PlanContext,
  before: ObjectOf<"enum">,
  after: ObjectOf<"enum">,
): void {
  const names = new Map(before.labels.map((label) => [label.oid, label.name]));
  const renames = after.labels.flatMap((label) => {
    const from = names.get(label.oid);
    return from === undefined || from === label.name ? [] : [{ from, to: label.name }];
  });
  const present = context.catalog.types.get(quoteName(before))?.label_names ?? [];
  if (context.version >= 100000) {
    const statements = renamesOf(renames.filter(({ from }) => present.includes(from))).map((
      { from, to },
    ) =>
      `alter type ${quoteName(after)} rename value ${quoteLiteral(from)} to ${quoteLiteral(to)}`
    );
    context.add(after, "rename label", statements, { dependsOn: dependencies(after) });
  } else if (renames.length > 0) {
    context.leave(after, "labels can be renamed from PostgreSQL 10 on");
  }
  planMissingLabels(context, after);
  const kept = new Set(after.labels.map((label) => label.oid));
  const removed = before.labels.filter((label) => !kept.has(label.oid));
  if (removed.length > 0) context.leave(after, "labels cannot be removed from an enum");
}

function alterSequence(
  context: PlanContext,
  before: ObjectOf<"sequence">,
  after: ObjectOf<"sequence">,
): void {
  const options = sequenceOptions(after, context.version);
  if (sequenceOptions(before, context.version) !== options) {
    // An identity's type is its column's.
    const text = after.owner?.isIdentity
      ? options.replace(/^as .*? increment/, "increment")
      : options;
    context.add(after, "alter sequence", [`alter sequence ${quoteName(after)} ${text}`], {
      dependsOn: dependencies(after),
    });
  }
  if (before.isUnlogged !== after.isUnlogged && context.version >= 150000) {
    context.add(after, "set persistence", [
      `alter sequence ${quoteName(after)} set ${after.isUnlogged ? "un" : ""}logged`,
    ], { id: `${after.id}#persistence`, dependsOn: dependencies(after) });
  }
  const isIdentity = before.owner?.isIdentity || after.owner?.isIdentity;
  if (isIdentity || canonicalJson(before.owner) === canonicalJson(after.owner)) return;
  const table = after.owner && context.after.get("table", after.owner.table);
  const column = after.owner && context.after.get("column", after.owner.column);
  const owner = table && column ? `${quoteName(table)}.${quoteIdentifier(column.name)}` : "none";
  context.add(after, "set owner", [`alter sequence ${quoteName(after)} owned by ${owner}`], {
    id: `${after.id}#owner`,
    rank: rank.ownership,
    dependsOn: [...dependencies(after), ...table ? [table.id] : [], ...column ? [column.id] : []],
  });
}

function alterFunction(
  context: PlanContext,
  before: ObjectOf<"function">,
  after: ObjectOf<"function">,
): void {
  // The same words may mean another object, which has taken the name.
  const isSame = before.definition === after.definition && before.arguments === after.arguments &&
    before.dependsOn.join() === after.dependsOn.join();
  if (isSame) return;
  context.add(after, "replace function", [createFunction(after)], {
    dependsOn: dependencies(after),
  });
}

function alterTable(
  context: PlanContext,
  before: ObjectOf<"table">,
  after: ObjectOf<"table">,
): void {
  const name = quoteName(after);
  const add = (what: string, statements: string[], more: string[] = []) =>
    context.add(after, what, statements, {
      id: `${after.id}#${what.replaceAll(" ", "-")}`,
      dependsOn: [...dependencies(after), ...more],
    });
  if (before.isUnlogged !== after.isUnlogged && context.version < 90500) {
    context.leave(after, "LOGGED and UNLOGGED can be changed from PostgreSQL 9.5 on");
  } else if (before.isUnlogged !== after.isUnlogged) {
    add("set persistence", [`alter table ${name} set ${after.isUnlogged ? "un" : ""}logged`]);
  }
  if (canonicalJson(before.partition) !== canonicalJson(after.partition)) {
    const parent = before.partition && context.after.get("table", before.partition.parent);
    if (parent) {
      context.add(after, "detach partition", [
        `alter table ${quoteName(parent)} detach partition ${name}`,
      ], { id: `${after.id}#detach`, dependsOn: [...dependencies(after), `${parent.id}#rename`] });
    }
    planAttachment(context, after, true);
  }
  const lost = before.inherits.filter((id) => !after.inherits.includes(id));
  const gained = after.inherits.filter((id) => !before.inherits.includes(id));
  for (const [word, ids] of [["no inherit", lost], ["inherit", gained]] as const) {
    const parents = ids.flatMap((id) => context.after.get("table", id) ?? []);
    add(
      word,
      parents.map((parent) => `alter table ${name} ${word} ${quoteName(parent)}`),
      parents.map((parent) => parent.id),
    );
  }
}

function alterColumn(
  context: PlanContext,
  before: ObjectOf<"column">,
  after: ObjectOf<"column">,
): void {
  const table = context.tableOf(after);
  if (table === undefined) return;
  const column = quoteIdentifier(after.name);
  const alter = `alter table ${quoteName(table)} alter column ${column}`;
  const add = (action: string, statements: string[]) =>
    context.add(after, action, statements, {
      id: `${after.id}#${action.replaceAll(" ", "-")}`,
      dependsOn: [...dependencies(after), `${table.id}#rename`],
    });
  if (before.typeIdentity !== after.typeIdentity && !after.isInherited) {
    const columnDefault = context.after.ofTable(table.id, "default")
      .find((object) => object.column === after.id);
    // A default of the old type may have no cast to the new one.
    add("alter type", [
      ...(columnDefault === undefined ? [] : [`${alter} drop default`]),
      `${alter} type ${typeOf(after)}` +
      (after.generated === null ? ` using ${castColumn(column, before, after)}` : ""),
      ...(columnDefault === undefined ? [] : [`${alter} set default ${columnDefault.expression}`]),
    ]);
  }
  if (before.isNotNull !== after.isNotNull) {
    add("alter not null", [`${alter} ${after.isNotNull ? "set" : "drop"} not null`]);
  }
  alterGenerated(context, { before, after, alter, add });
}

/** Types of users have text in common. */
function castColumn(
  column: string,
  before: ObjectOf<"column">,
  after: ObjectOf<"column">,
): string {
  const isOfUser = [before, after].some(({ typeIdentity }) => parseInt(typeIdentity) >= 16384);
  return `${column}${isOfUser ? "::text" : ""}::${after.type}`;
}

function alterGenerated(context: PlanContext, change: {
  before: ObjectOf<"column">;
  after: ObjectOf<"column">;
  alter: string;
  add: (action: string, statements: string[]) => void;
}): void {
  const { before, after, alter, add } = change;
  const isSame = canonicalJson(before.generated) === canonicalJson(after.generated);
  if (isSame || after.isInherited) return;
  if (after.generated === null) {
    add("drop expression", [`${alter} drop expression`]);
  } else if (before.generated === null) {
    context.leave(after, "a column cannot become generated");
  } else if (context.version >= 170000) {
    add("set expression", [`${alter} set expression as (${after.generated.expression})`]);
  } else {
    context.leave(after, "the expression can be changed from PostgreSQL 17 on");
  }
}

function alterDefault(
  context: PlanContext,
  before: ObjectOf<"default">,
  after: ObjectOf<"default">,
): void {
  // The same node in other words: a rename did it.
  if (before.oid !== after.oid) setDefault(context, after);
}

function alterConstraint(
  context: PlanContext,
  before: ObjectOf<"constraint">,
  after: ObjectOf<"constraint">,
): void {
  const table = context.tableOf(after);
  if (table === undefined || before.isValidated || !after.isValidated) return;
  context.add(after, "validate constraint", [
    `alter table ${quoteName(table)} validate constraint ${quoteIdentifier(after.name)}`,
  ], { dependsOn: dependencies(after) });
}

/** After its own rename. */
function dependencies(object: SchemaObject): string[] {
  return [`${object.id}#rename`, ...object.dependsOn];
}
