/** Tables and what hangs on them, as objects of a snapshot. */
import { z } from "zod";
import { base, collation, id, name, named, oid } from "./object_base.ts";

export const table = z.object({
  ...named,
  kind: z.literal("table"),
  isUnlogged: z.boolean(),
  partitionKey: z.string().nullable(),
  partition: z.object({ parent: id, bound: name }).nullable(),
  /** Parents of old-style inheritance, in order. */
  inherits: z.array(id),
  /** The composite type that its columns are. */
  ofType: id.nullable(),
  /** Null for heap. */
  accessMethod: name.nullable(),
  /** `name=value`, those of the TOAST table with `toast.` in front. */
  options: z.array(name),
  replicaIdentity: z.enum(["default", "full", "nothing", "index"]),
  /** Whether the source can tell its rows apart, so that they travel. */
  hasKey: z.boolean(),
});

const storage = z.enum(["plain", "external", "main", "extended"]);

export const column = z.object({
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
  generated: z.object({ oid, isStored: z.boolean(), expression: name }).nullable(),
  storage,
  /** What the type has of itself. */
  typeStorage: storage,
  /** Null: the server's default. */
  compression: name.nullable(),
  /** Null: the server's default. */
  statistics: z.int().nullable(),
  /** `n_distinct=...` and the like. */
  options: z.array(name),
  /** Of rows older than the column, where PostgreSQL keeps it apart. */
  missingValue: z.string().nullable(),
});

export const columnDefault = z.object({
  ...base,
  kind: z.literal("default"),
  table: id,
  column: id,
  oid,
  expression: name,
});

/** What ALTER changes of an index that stays the same. */
export const indexSettings = z.object({
  /** In the catalog's order, in which a definition has them too. */
  options: z.array(name),
  statistics: z.array(z.object({ position: z.int(), target: z.int() })),
  isClustered: z.boolean(),
  isReplicaIdentity: z.boolean(),
});

export const constraint = z.object({
  ...base,
  kind: z.literal("constraint"),
  type: z.enum(["primary", "unique", "exclusion", "check", "notNull"]),
  table: id,
  name,
  definition: name,
  isValidated: z.boolean(),
  isEnforced: z.boolean(),
  isInherited: z.boolean(),
  isLocal: z.boolean(),
  /** The partitioned table's constraint that this one is a part of. */
  parent: id.nullable(),
  /** The columns, where it tells rows apart: primary, or unique, not deferrable and NOT NULL. */
  key: z.array(name).min(1).nullable(),
  /** The one column of NOT NULL. */
  column: id.nullable(),
  /** Of its index; null where it has none. */
  settings: indexSettings.nullable(),
});

export const foreignKey = z.object({
  ...base,
  kind: z.literal("foreignKey"),
  table: id,
  name,
  columns: z.array(name).min(1),
  references: id,
  referencedColumns: z.array(name).min(1),
  isMatchFull: z.boolean(),
  isValidated: z.boolean(),
  isEnforced: z.boolean(),
  /** The last column is a period (18 and later). */
  hasPeriod: z.boolean(),
});

export const index = z.object({
  ...named,
  kind: z.literal("index"),
  table: id,
  isUnique: z.boolean(),
  /** From `USING` on. */
  definition: name,
  parent: id.nullable(),
  /** The columns, where they could stand for a missing primary key. */
  key: z.array(name).min(1).nullable(),
  settings: indexSettings,
});

export const statistics = z.object({
  ...named,
  kind: z.literal("statistics"),
  table: id,
  kinds: z.array(z.enum(["ndistinct", "dependencies", "mcv"])),
  /** As CREATE STATISTICS lists them. */
  columns: name,
  hasExpressions: z.boolean(),
  /** Of one expression, which has no kinds. */
  isSingleExpression: z.boolean(),
  /** Null: the server's default. */
  target: z.int().nullable(),
});

export type IndexSettings = z.output<typeof indexSettings>;
