/** The rows of the catalog queries, column by column as the .sql files name them. */
import { z } from "zod";

const oid = z.string().regex(/^\d+$/);
const text = z.string();
const nullableText = text.nullable();

export const relationRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
  kind: z.enum(["r", "p", "v", "m", "f"]),
  is_unlogged: z.boolean(),
  is_partition: z.boolean(),
  partition_key: nullableText,
  bound: nullableText,
  parents: z.array(oid),
  has_key: z.boolean(),
  options: z.array(text),
  access_method: nullableText,
  replica_identity: z.enum(["d", "f", "n", "i"]),
  of_type: oid.nullable(),
  tablespace: nullableText,
});

const storage = z.enum(["p", "e", "m", "x"]);

export const columnRow = z.object({
  table: oid,
  number: z.int(),
  name: text,
  type: text,
  type_identity: text,
  collation_schema: nullableText,
  collation_name: nullableText,
  is_not_null: z.boolean(),
  is_inherited: z.boolean(),
  is_local: z.boolean(),
  identity: text,
  generated: text,
  storage,
  type_storage: storage,
  compression: nullableText,
  statistics: z.int().nullable(),
  options: z.array(text),
  default_oid: oid.nullable(),
  default_expression: nullableText,
  missing_value: nullableText,
});

export const constraintRow = z.object({
  oid,
  table: oid,
  name: text,
  type: z.enum(["p", "u", "x", "c", "f", "n"]),
  definition: text,
  is_validated: z.boolean(),
  is_inherited: z.boolean(),
  is_local: z.boolean(),
  parent: oid.nullable(),
  is_enforced: z.boolean(),
  has_period: z.boolean(),
  references: oid.nullable(),
  is_match_full: z.boolean(),
  is_key: z.boolean(),
  columns: z.array(text),
  numbers: z.array(z.int()),
  referenced_columns: z.array(text),
  options: z.array(text),
  statistics: z.array(text),
  is_clustered: z.boolean(),
  is_replica_identity: z.boolean(),
  tablespace: nullableText,
});

export const indexRow = z.object({
  oid,
  table: oid,
  schema: text,
  name: text,
  is_unique: z.boolean(),
  definition: text,
  table_names: z.array(text),
  quoted_name: text,
  parent: oid.nullable(),
  key: z.array(text).nullable(),
  options: z.array(text),
  statistics: z.array(text),
  is_clustered: z.boolean(),
  is_replica_identity: z.boolean(),
  tablespace: nullableText,
});

export const statisticsRow = z.object({
  oid,
  table: oid,
  schema_oid: oid,
  schema: text,
  name: text,
  kinds: z.array(text),
  column_count: z.int().nullable(),
  expression_count: z.int(),
  columns: text,
  target: z.int().nullable(),
});

export const typeRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
  kind: z.enum(["e", "d", "r", "c", "b"]),
  relation: oid,
  label_oids: z.array(oid),
  label_names: z.array(text),
  base_type: nullableText,
  type_identity: text,
  collation_schema: nullableText,
  collation_name: nullableText,
  default_expression: nullableText,
  is_not_null: z.boolean(),
  subtype: nullableText,
  operator_class: nullableText,
  subtype_diff: nullableText,
  range_collation_schema: nullableText,
  range_collation_name: nullableText,
  has_canonical: z.boolean().nullable(),
  multirange: nullableText,
});

export const domainCheckRow = z.object({ oid, domain: oid, name: text, definition: text });

export const sequenceRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
  type: text,
  start: text,
  increment: text,
  min: text,
  max: text,
  cache: text,
  is_cycled: z.boolean(),
  is_unlogged: z.boolean(),
  owner_table: oid.nullable(),
  owner_number: z.int().nullable(),
  is_identity: z.boolean().nullable(),
});

export const functionRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
  kind: z.enum(["f", "p", "w"]),
  language: text,
  arguments: text,
  inputs: z.array(text),
  identity: text,
  default_count: z.int(),
});

export const functionDefinitionRow = z.object({
  oid,
  definition: text,
  body: text,
  names: z.array(text),
});

export const viewRow = z.object({
  oid,
  is_materialized: z.boolean(),
  options: z.array(text),
  definition: text,
  is_populated: z.boolean(),
  contents: text,
});

/** Of every query for objects that are no more than a definition. */
export const definitionRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
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
  signature: text,
  definition: text,
  adds: z.array(text),
  drops: z.array(text),
});

export const extensionRow = z.object({
  oid,
  schema_oid: oid,
  schema: text,
  name: text,
  version: text,
  has_configuration: z.boolean(),
});

export const schemaRow = z.object({ oid, name: text, is_member: z.boolean() });

/** Something that is not replicated: `table` is the relation that it hangs on, `schema` where it lies. */
export const leftOutRow = z.object({
  id: text,
  what: text,
  table: oid.nullable(),
  schema: nullableText,
  name: text,
});

export const commentRow = z.object({
  class: text,
  oid,
  number: z.int(),
  part_id: text,
  part: nullableText,
  text,
});

export const objectNameRow = z.object({
  name: text,
  is_in_schema: z.boolean(),
  extension: oid.nullable(),
});

export const bindingRow = z.object({ binding: text, object: text });

export const dependencyRow = z.object({ id: text, needs: text });

export type RelationRow = z.output<typeof relationRow>;
export type ColumnRow = z.output<typeof columnRow>;
export type ConstraintRow = z.output<typeof constraintRow>;
export type IndexRow = z.output<typeof indexRow>;
export type StatisticsRow = z.output<typeof statisticsRow>;
export type TypeRow = z.output<typeof typeRow>;
export type DomainCheckRow = z.output<typeof domainCheckRow>;
export type SequenceRow = z.output<typeof sequenceRow>;
export type FunctionRow = z.output<typeof functionRow>;
export type FunctionDefinitionRow = z.output<typeof functionDefinitionRow>;
export type ExtensionRow = z.output<typeof extensionRow>;
export type CommentRow = z.output<typeof commentRow>;
export type ObjectNameRow = z.output<typeof objectNameRow>;
export type ViewRow = z.output<typeof viewRow>;
export type DefinitionRow = z.output<typeof definitionRow>;
export type SchemaRow = z.output<typeof schemaRow>;
export type LeftOutRow = z.output<typeof leftOutRow>;
export type DependencyRow = z.output<typeof dependencyRow>;
