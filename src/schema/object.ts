/**
 * The objects of a schema as they cross the wire, already in the target's names.
 *
 * Identity is the source's: `kind:oid`, columns and defaults `kind:table.attnum`. Definitions are text as
 * PostgreSQL deparses it; names are apart from it. What a statement needs is here, the statements are
 * not: the target renders them for its own version. An unknown kind does not parse, on purpose.
 */
import { z } from "zod";
import { base, collation, id, name, named, oid, wholeNumber } from "./object_base.ts";
import {
  column,
  columnDefault,
  constraint,
  foreignKey,
  index,
  statistics,
  table,
} from "./table_objects.ts";

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

/** What is said of an object, or of a part of one that is no object of its own. */
const comment = z.object({
  ...base,
  kind: z.literal("comment"),
  on: id,
  part: z.object({ kind: z.enum(["column", "constraint", "index"]), id, name }).nullable(),
  text: z.string(),
});

const viewColumn = z.object({
  number: z.int(),
  name,
  type: name,
  typeIdentity: z.string(),
  collation,
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
  statistics,
  comment,
  leftOut,
]);

export type SchemaObject = z.output<typeof schemaObject>;
export type { Collation } from "./object_base.ts";
export type { IndexSettings } from "./table_objects.ts";
export type ObjectKind = SchemaObject["kind"];
export type ObjectOf<Kind extends ObjectKind> = Extract<SchemaObject, { kind: Kind }>;
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
  statistics: 14,
  foreignKey: 15,
  comment: 16,
  leftOut: 17,
};
