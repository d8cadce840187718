/** Steps that change what both snapshots have, names apart. What cannot be followed is said. */
import { quoteIdentifier, quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectKind, ObjectOf, SchemaObject } from "../object.ts";
import { createFunction, sequenceOptions } from "../render.ts";
import { canonicalJson } from "../snapshot.ts";
import { alterComposite, alterDomain } from "./alter_type.ts";
import { alterColumn, alterDefault } from "./alter_column.ts";
import { alterConstraint, alterForeignKey } from "./alter_key.ts";
import { alterTable } from "./alter_table.ts";
import { planIndexSettings } from "./index_settings.ts";
import { setTarget } from "./statistics.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { planMissingLabels } from "./create.ts";
import { alterDefinition } from "./definition.ts";
import { alterExtension } from "./extension.ts";
import { renamesOf } from "./names.ts";
import { alterView } from "./view.ts";
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
    case "comment":
    case "range":
      return;
    case "foreignKey":
      return change("foreignKey", after, alterForeignKey); // renames apart, a definition changes only with the names in it
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
    case "index":
      return change("index", after, planIndexSettings);
    case "statistics":
      return change("statistics", after, setTarget);
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
    context.add(after, "rename label", statements, { dependsOn: afterRename(after) });
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
      dependsOn: afterRename(after),
    });
  }
  if (before.isUnlogged !== after.isUnlogged && context.version >= 150000) {
    const action = `set ${after.isUnlogged ? "un" : ""}logged`;
    context.add(after, "set persistence", [`alter sequence ${quoteName(after)} ${action}`], {
      id: `${after.id}#persistence`,
      dependsOn: afterRename(after),
    });
  }
  const isIdentity = before.owner?.isIdentity || after.owner?.isIdentity;
  if (isIdentity || canonicalJson(before.owner) === canonicalJson(after.owner)) return;
  const table = after.owner && context.after.get("table", after.owner.table);
  const column = after.owner && context.after.get("column", after.owner.column);
  const owner = table && column ? `${quoteName(table)}.${quoteIdentifier(column.name)}` : "none";
  context.add(after, "set owner", [`alter sequence ${quoteName(after)} owned by ${owner}`], {
    id: `${after.id}#owner`,
    rank: rank.ownership,
    dependsOn: [...afterRename(after), ...table ? [table.id] : [], ...column ? [column.id] : []],
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
    dependsOn: afterRename(after),
  });
}
