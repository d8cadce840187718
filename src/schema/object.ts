/**
 * The objects of a schema as they cross the wire, already in the target's names.
 *
 * Identity is the source's: `kind:oid`, columns and defaults `kind:table.attnum`. Definitions are text as
 * PostgreSQL deparses it; names are apart from it. What a statement needs is here, the statements are
 * not: the target renders them for its own version. An unknown kind does not parse, on purpose.
 */
import { z } from "zod";

const id = z.string().min(1);
const name = z.string().min(1);
/** A source oid, as text. */
const oid = z.string().regex(/^\d+$/);
const wholeNumber = z.string().regex(/^-?\d+$/);
const collation = z.object({ schema: name, name }).nullable();

/** `dependsOn` holds ids of the same snapshot that have to exist before. */
const base = { id, dependsOn: z.array(id) };
const named = { ...base, schema: name, name };

/** What the snapshot was read for. A narrower scope than before is no reason to drop anything. */
const scope = z.object({
  ...base,
  kind: z.literal("scope"),
  expression: z.string(),
  /** Where tables land; null when names stay. */
  applySchema: name.nullable(),
});

/** `isNamed`: the expression names it, so that one that is gone is gone on the source too. */
const schema = z.object({
  ...base,
  kind: z.literal("schema"),
  name,
  isNamed: z.boolean().default(false),
});

const extension = z.object({
  ...named,
  kind: z.literal("extension"),
  version: z.string().default(""),
  isNamed: z.boolean().default(false),
});

const enumType = z.object({
  ...named,
  kind: z.literal("enum"),
  labels: z.array(z.object({ oid, name: z.string() })),
});

const composite = z.object({
  ...named,
  kind: z.literal("composite"),
  attributes: z.array(
    z.object({ number: z.int(), name, type: name, typeIdentity: z.string(), collation }),
  ),
});

const domain = z.object({
  ...named,
  kind: z.literal("domain"),
  type: name,
  typeIdentity: z.string(),
  collation,
  default: z.string().nullable(),
  isNotNull: z.boolean(),
  checks: z.array(z.object({ oid, name, definition: name })),
});

const range = z.object({
  ...named,
  kind: z.literal("range"),
  subtype: name,
  /** Null for the default operator class. */
  operatorClass: z.string().nullable(),
  collation,
  subtypeDiff: z.string().nullable(),
  /** Null where the source has no multiranges. */
  multirange: name.nullable(),
});

const sequence = z.object({
  ...named,
  kind: z.literal("sequence"),
  type: name,
  start: wholeNumber,
  increment: wholeNumber,
  min: wholeNumber,
  max: wholeNumber,
  cache: wholeNumber,
  isCycled: z.boolean(),
  isUnlogged: z.boolean(),
  owner: z.object({ table: id, column: id, isIdentity: z.boolean() }).nullable(),
});

const routine = z.object({
  ...named,
  kind: z.literal("function"),
  routine: z.enum(["function", "procedure"]),
  /** Identity arguments, as ALTER and DROP want them. */
  arguments: z.string(),
  /** Types of the input arguments: what tells functions of one name apart. */
  inputs: z.array(z.string()).default([]),
  /** Names and types of arguments and results by oid: REPLACE takes no other. Empty: not known. */
  identity: z.string().default(""),
  /** Arguments that have a default: REPLACE takes more of them, not fewer. */
  defaultCount: z.int().default(0),
  /** What follows `create or replace function schema.name`. */
  definition: z.string(),
});

const table = z.object({
  ...named,
  kind: z.literal("table"),
  isUnlogged: z.boolean(),
  partitionKey: z.string().nullable(),
  partition: z.object({ parent: id, bound: name }).nullable(),
  /** Parents of old-style inheritance, in order. */
  inherits: z.array(id),
  /** Whether the source can tell its rows apart, so that they travel. */
  hasKey: z.boolean(),
});

const column = z.object({
  ...base,
  kind: z.literal("column"),
  table: id,
  number: z.int(),
  name,
  type: name,
  /** Type, modifier and collation by oid: what must differ for a change of type. */
  typeIdentity: z.string(),
  collation,
  isNotNull: z.boolean(),
  /** The same column of a parent that is in the snapshot carries this one's changes. */
  isInherited: z.boolean(),
  /** Declared by the table itself, whether or not it is inherited too. */
  isLocal: z.boolean(),
  generated: z.object({ isStored: z.boolean(), expression: name }).nullable(),
  /** Of rows older than the column, where PostgreSQL keeps it apart. */
  missingValue: z.string().nullable(),
});

const columnDefault = z.object({
  ...base,
  kind: z.literal("default"),
  table: id,
  column: id,
  oid,
  expression: name,
});

const constraint = z.object({
  ...base,
  kind: z.literal("constraint"),
  type: z.enum(["primary", "unique", "exclusion", "check"]),
  table: id,
  name,
  definition: name,
  isValidated: z.boolean(),
  isInherited: z.boolean(),
  isLocal: z.boolean(),
  /** The partitioned table's constraint that this one is a part of. */
  parent: id.nullable(),
  /** The columns, where it tells rows apart: primary, or unique, not deferrable and NOT NULL. */
  key: z.array(name).min(1).nullable(),
});

const foreignKey = z.object({
  ...base,
  kind: z.literal("foreignKey"),
  table: id,
  name,
  columns: z.array(name).min(1),
  references: id,
  referencedColumns: z.array(name).min(1),
  isMatchFull: z.boolean(),
  /** The last column is a period (18 and later). */
  hasPeriod: z.boolean(),
});

const index = z.object({
  ...named,
  kind: z.literal("index"),
  table: id,
  isUnique: z.boolean(),
  /** From `USING` on. */
  definition: name,
  parent: id.nullable(),
  /** The columns, where they could stand for a missing primary key. */
  key: z.array(name).min(1).nullable(),
});

const viewColumn = z.object({
  number: z.int(),
  name,
  type: name,
  typeIdentity: z.string(),
  default: z.string().nullable(),
});

/** A view or a materialized view. */
const view = z.object({
  ...named,
  kind: z.literal("view"),
  isMaterialized: z.boolean(),
  oid,
  columns: z.array(viewColumn),
  /** `name=value`. */
  options: z.array(z.string()),
  /** The query. */
  definition: name,
  isPopulated: z.boolean(),
  /** Another text after every REFRESH of a materialized view; empty for a view. */
  contents: z.string(),
});

/** Kinds that are no more than a definition: made and dropped, renamed and moved, replaced as a whole. */
const definition = z.object({
  ...named,
  kind: z.literal("definition"),
  what: z.enum([
    "aggregate",
    "cast",
    "collation",
    "operator",
    "operator class",
    "operator family",
    "text search configuration",
    "text search dictionary",
  ]),
  /** What ALTER and DROP want after the name: `(integer, text)`, ` using btree`. */
  signature: z.string(),
  /** What follows the name in CREATE. */
  definition: z.string(),
  /** Parts that ALTER adds and drops one by one. */
  additions: z.array(z.object({ add: name, drop: name })),
});

/** Something in scope that this version does not replicate. Named so that nothing is dropped in silence. */
const leftOut = z.object({
  ...base,
  kind: z.literal("leftOut"),
  what: name,
  name,
  reason: name,
});

export const schemaObject = z.discriminatedUnion("kind", [
  scope,
  schema,
  extension,
  enumType,
  composite,
  domain,
  range,
  sequence,
  routine,
  table,
  column,
  columnDefault,
  constraint,
  foreignKey,
  index,
  view,
  definition,
  leftOut,
]);

export type SchemaObject = z.output<typeof schemaObject>;
export type ObjectKind = SchemaObject["kind"];
export type ObjectOf<Kind extends ObjectKind> = Extract<SchemaObject, { kind: Kind }>;
export type Collation = z.output<typeof collation>;
export type TypeObject = ObjectOf<"enum" | "composite" | "domain" | "range">;
/** Objects that a name with a schema finds. */
export type NamedObject = Extract<SchemaObject, { schema: string }>;

/** Where kinds go when no dependency says more. */
export const kindRank: Readonly<Record<ObjectKind, number>> = {
  scope: 0,
  schema: 1,
  extension: 2,
  enum: 3,
  composite: 4,
  domain: 5,
  range: 6,
  sequence: 7,
  table: 8,
  function: 9,
  definition: 9.5,
  column: 10,
  default: 11,
  constraint: 12,
  view: 12.5,
  index: 13,
  foreignKey: 14,
  leftOut: 15,
};
