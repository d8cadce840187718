/** Steps that make what the target does not have. What it has already is adopted and completed. */
import { quoteIdentifier, quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject, TypeObject } from "../object.ts";
import {
  addConstraint,
  attachPartition,
  columnDefinition,
  createFunction,
  createIndex,
  createSequence,
  createTable,
  createType,
  identityOf,
} from "../render.ts";
import { functionKey } from "../target_catalog.ts";
import { partKey, type PlanContext } from "./context.ts";
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
      return createOrAdoptTable(context, object);
    case "column":
      return addColumn(context, object);
    case "default":
      return setDefault(context, object);
    case "constraint":
      return addMissingConstraint(context, object);
    case "index":
      return createMissingIndex(context, object);
    case "foreignKey":
      // Made when the rows of both ends are there: foreign_keys.ts.
      return;
    case "leftOut":
      context.leave(object, object.reason);
      return;
    default:
      object satisfies never;
  }
}

function createExtension(context: PlanContext, object: ObjectOf<"extension">): void {
  if (context.catalog.extensions.has(object.name)) return;
  const schema = quoteIdentifier(object.schema);
  const isNew = !context.catalog.schemas.has(object.schema);
  const cascade = context.version >= 90600 ? " cascade" : "";
  const create = `create extension if not exists ${quoteIdentifier(object.name)} ` +
    `schema ${schema}${cascade}`;
  if (!isNew) return context.add(object, "create extension", [create]);
  // Another object of the plan may make the same schema first (IF NOT EXISTS is 9.3 and later).
  context.add(object, "create extension", [`create schema ${schema}`, create], {
    fallback: [create],
  });
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

function addIdentity(
  context: PlanContext,
  sequence: ObjectOf<"sequence">,
  place: { table: ObjectOf<"table">; column: ObjectOf<"column"> },
): void {
  const { table, column } = place;
  const existing = context.targetColumn(table, column);
  if (existing !== undefined && (existing.identity !== "" || existing.default_oid !== null)) return;
  const alter = `alter table ${quoteName(table)} alter column ${quoteIdentifier(column.name)}`;
  const name = quoteName(sequence);
  const statements = context.version >= 100000
    ? [`${alter} add ${identityOf(sequence, context.version)}`]
    : [
      ...(context.has("sequences", sequence) ? [] : [createSequence(sequence, context.version)]),
      `alter sequence ${name} owned by ${quoteName(table)}.${quoteIdentifier(column.name)}`,
      `${alter} set default pg_catalog.nextval(${quoteLiteral(name)}::regclass)`,
    ];
  context.add(sequence, "add identity", statements, { rank: rank.ownership });
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

function createOrAdoptTable(context: PlanContext, table: ObjectOf<"table">): void {
  const existing = context.targetTable(table);
  if (existing === undefined) {
    context.attaching.add(table.id);
    const columns = context.after.columnsOf(table.id);
    const inherited = columns.filter((column) =>
      table.partition === null && !column.isLocal && column.isNotNull
    );
    context.add(table, "create table", [
      createTable(table, context.after, context.version),
      ...inherited.map((column) =>
        `alter table ${quoteName(table)} alter column ${quoteIdentifier(column.name)} set not null`
      ),
    ], {
      dependsOn: [
        ...withSchema(context, table),
        ...columns.flatMap((column) => column.dependsOn.filter((id) => id !== table.id)),
      ],
    });
  } else if (existing.row.kind !== "r" && existing.row.kind !== "p") {
    context.leave(table, "the target has something else of that name");
  }
  planAttachment(context, table);
}

/** ATTACH comes last: then the partition keeps the names of its own keys, indexes and checks. */
export function planAttachment(
  context: PlanContext,
  table: ObjectOf<"table">,
  isDetached = false,
): void {
  const parent = table.partition && context.after.get("table", table.partition.parent);
  if (!parent) return;
  const parentOid = context.targetTable(parent)?.row.oid;
  const parents = context.targetTable(table)?.row.parents ?? [];
  if (!isDetached && parentOid !== undefined && parents.includes(parentOid)) return;
  context.attaching.add(table.id);
  context.add(table, "attach partition", [attachPartition(table, parent)], {
    id: `${table.id}#attach`,
    rank: rank.attach,
    dependsOn: [
      table.id,
      `${table.id}#detach`,
      parent.id,
      ...context.after.ofTable(table.id, "constraint").map((constraint) => constraint.id),
      ...context.after.ofTable(table.id, "index").map((index) => index.id),
    ],
  });
}

function addColumn(context: PlanContext, column: ObjectOf<"column">): void {
  const table = context.tableOf(column);
  // A table that is not there yet has it in its CREATE TABLE.
  if (table === undefined || context.targetTable(table) === undefined) return;
  const present = context.targetColumn(table, column);
  if (present !== undefined) {
    if (present.type !== column.type) {
      context.leave(column, `the target has it as ${present.type}, the source as ${column.type}`);
    }
    return;
  }
  const isCarried = column.isInherited && !context.attaching.has(table.id);
  if (isCarried) return;
  const alter = `alter table ${quoteName(table)}`;
  const name = quoteIdentifier(column.name);
  const definition = columnDefinition(column, context.version);
  if (column.missingValue === null || column.generated !== null) {
    return context.add(column, "add column", [`${alter} add column ${definition}`]);
  }
  // Rows older than the column hold the value that the source gave them, whatever the default is now.
  const value = `${quoteLiteral(column.missingValue)}::${column.type}`;
  context.add(column, "add column", [
    `${alter} add column ${definition} default ${value}`,
    `${alter} alter column ${name} drop default`,
  ]);
}

/** ONLY: partitions and children have defaults of their own in the snapshot. */
export function setDefault(context: PlanContext, object: ObjectOf<"default">): void {
  const table = context.tableOf(object);
  const column = context.after.get("column", object.column);
  if (table === undefined || column === undefined) return;
  const present = context.targetColumn(table, column);
  if (present?.default_expression === object.expression || (present?.identity ?? "") !== "") return;
  context.add(object, "set default", [
    `alter table only ${quoteName(table)} alter column ${quoteIdentifier(column.name)} ` +
    `set default ${object.expression}`,
  ]);
}

function addMissingConstraint(context: PlanContext, constraint: ObjectOf<"constraint">): void {
  const table = context.tableOf(constraint);
  if (table === undefined) return;
  if (constraint.type !== "check") {
    if (context.bareTables.has(table.id)) return;
    if (isWithoutKeys(context, table)) return context.leave(constraint, noKeys);
  }
  // The parent's statement makes it, unless the partition has to have it before it is attached.
  const isCarried = constraint.type === "check" && constraint.isInherited &&
    !(table.partition !== null && context.attaching.has(table.id));
  if (isCarried || isThere(context, table, constraint)) return;
  context.add(constraint, "add constraint", [addConstraint(constraint, table)], {
    dependsOn: [...constraint.dependsOn, ...context.after.partsOf(constraint.id)],
  });
}

function createMissingIndex(context: PlanContext, index: ObjectOf<"index">): void {
  const table = context.tableOf(index);
  if (table === undefined || context.bareTables.has(table.id)) return;
  if (isWithoutKeys(context, table)) return context.leave(index, noKeys);
  if (isThere(context, table, index)) return;
  context.add(index, "create index", [createIndex(index, table)], {
    dependsOn: [...index.dependsOn, ...context.after.partsOf(index.id)],
  });
}

const noKeys = "partitioned tables have keys and indexes from PostgreSQL 11 on";

function isWithoutKeys(context: PlanContext, table: ObjectOf<"table">): boolean {
  return table.partitionKey !== null && context.version < 110000;
}

function isThere(
  context: PlanContext,
  table: ObjectOf<"table">,
  object: ObjectOf<"constraint"> | ObjectOf<"index">,
): boolean {
  if (context.targetTable(table) === undefined) return false;
  const name = context.nameNow(table);
  const found = object.kind === "index"
    ? context.catalog.findIndex(name, object)
    : context.catalog.findConstraint(name, object);
  return found !== undefined && !context.freed.has(partKey(name, found.name));
}

/** An object comes after its schema. */
function withSchema(
  context: PlanContext,
  object: SchemaObject & { schema: string },
): string[] {
  const schema = context.after.all("schema").find(({ name }) => name === object.schema);
  return schema === undefined ? object.dependsOn : [schema.id, ...object.dependsOn];
}
