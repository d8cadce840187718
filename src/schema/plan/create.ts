/** Steps that make what the target does not have. What it has already is adopted and completed. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject, TypeObject } from "../object.ts";
import { createFunction, createSequence, createType } from "../render.ts";
import { functionKey } from "../target_catalog.ts";
import { type PlanContext, withSchema } from "./context.ts";
import { addColumn, addIdentity, setDefault } from "./create_column.ts";
import { addMissingConstraint, createMissingIndex, notEnforced } from "./create_key.ts";
import { planIndexSettings } from "./index_settings.ts";
import { planNotNull } from "./not_null.ts";
import { createStatistics } from "./statistics.ts";
import { planTableSettings } from "./table_settings.ts";
import { planColumnSettings } from "./column_settings.ts";
import { createOrAdoptTable } from "./create_table.ts";
import { planDefinitionCreation } from "./definition.ts";
import { createExtension } from "./extension.ts";
import { planViewCreation } from "./view.ts";
import { enumLabelStatements } from "./enum_labels.ts";
import { rank } from "./step.ts";

/** Plans the creation of an object that is not among those applied before. */
export function planCreation(context: PlanContext, object: SchemaObject): void {
  switch (object.kind) {
    case "scope":
      return;
    case "schema":
      if (!context.catalog.schemas.has(object.name)) {
        context.add(object, "create schema", [`create schema ${quoteIdentifier(object.name)}`]);
      }
      return;
    case "extension":
      return createExtension(context, object);
    case "enum":
    case "composite":
    case "domain":
    case "range":
      return createOrAdoptType(context, object);
    case "sequence":
      return createOrAdoptSequence(context, object);
    case "function":
      return createOrReplace(context, object);
    case "table":
      createOrAdoptTable(context, object);
      return planTableSettings(context, undefined, object);
    case "column":
      addColumn(context, object);
      return planColumnSettings(context, undefined, object);
    case "default":
      return setDefault(context, object);
    case "constraint":
      if (object.type === "notNull") return planNotNull(context, object);
      addMissingConstraint(context, object);
      return planIndexSettings(context, undefined, object);
    case "index":
      createMissingIndex(context, object);
      return planIndexSettings(context, undefined, object);
    case "statistics":
      return createStatistics(context, object);
    case "comment":
      return; // planComments does it
    case "foreignKey":
      // Made when the rows of both ends are there: foreign_keys.ts.
      if (!object.isEnforced && context.version < 180000) context.leave(object, notEnforced);
      return;
    case "view":
      return planViewCreation(context, object);
    case "definition":
      return planDefinitionCreation(context, object);
    case "leftOut":
      context.leave(object, object.reason);
      return;
    default:
      object satisfies never;
  }
}

function createOrAdoptType(context: PlanContext, type: TypeObject): void {
  if (!context.has("types", type)) {
    context.add(type, "create type", [createType(type, context.version)], {
      dependsOn: withSchema(context, type),
    });
  } else if (type.kind === "enum") {
    planMissingLabels(context, type);
  }
}

/** Labels are committed before the batch (addEnumLabels); what is still missing is tried here. */
export function planMissingLabels(context: PlanContext, type: ObjectOf<"enum">): void {
  const before = context.before.get("enum", type.id);
  const row = context.catalog.types.get(quoteName(before ?? type));
  if (row === undefined) return;
  // Renames of labels come first.
  const present = row.label_names.map((name) => {
    const oid = before?.labels.find((label) => label.name === name)?.oid;
    return type.labels.find((label) => label.oid === oid)?.name ?? name;
  });
  const statements = enumLabelStatements({ type, name: quoteName(type), present });
  if (statements.length === 0) return;
  if (context.version >= 120000) {
    context.add(type, "add label", statements, { id: `${type.id}#labels` });
  } else {
    context.leave(type, "its new labels have to be committed before the batch");
  }
}

function createOrAdoptSequence(context: PlanContext, sequence: ObjectOf<"sequence">): void {
  const { owner } = sequence;
  const table = owner === null ? undefined : context.after.get("table", owner.table);
  const column = owner === null ? undefined : context.after.get("column", owner.column);
  if (owner?.isIdentity && table !== undefined && column !== undefined) {
    return addIdentity(context, sequence, { table, column });
  }
  const present = context.has("sequences", sequence)
    ? context.catalog.sequences.get(quoteName(sequence))
    : undefined;
  if (present === undefined) {
    context.add(sequence, "create sequence", [createSequence(sequence, context.version)], {
      dependsOn: withSchema(context, sequence),
    });
  }
  // One that was made before its column could be is nobody's yet.
  const isOwned = present !== undefined && present.owner_table !== null;
  if (isOwned || table === undefined || column === undefined) return;
  const place = `${quoteName(table)}.${quoteIdentifier(column.name)}`;
  context.add(sequence, "set owner", [`alter sequence ${quoteName(sequence)} owned by ${place}`], {
    id: `${sequence.id}#owner`,
    rank: rank.ownership,
    dependsOn: [sequence.id, table.id, column.id],
  });
}

function createOrReplace(context: PlanContext, routine: ObjectOf<"function">): void {
  const isThere = context.catalog.functions.has(functionKey(routine));
  context.add(
    routine,
    isThere ? "replace function" : "create function",
    [createFunction(routine)],
    {
      dependsOn: withSchema(context, routine),
    },
  );
}
