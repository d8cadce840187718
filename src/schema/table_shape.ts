/** The shape of a table on the target: what the applier chooses between upsert and replacement by. */
import { z } from "zod";
import { type QualifiedName, quoteIdentifier } from "../model/mod.ts";
import { type Connection, forVersion } from "../postgres/mod.ts";
import tableShapeSql from "./table_shape.sql" with { type: "text" };

const column = z.object({
  name: z.string(),
  type: z.string(),
  isNotNull: z.boolean(),
  isGenerated: z.boolean(),
  /** Generated, and stored. */
  isStoredGenerated: z.boolean(),
  isIdentityAlways: z.boolean(),
  /** The type that a domain lies over, with its modifier; null for any other type. */
  underDomain: z.string().nullable(),
  isOwnRange: z.boolean(),
  equalitySchema: z.string(),
  equalityName: z.string(),
});

const uniqueIndex = z.object({
  name: z.string(),
  isPrimary: z.boolean(),
  /** ON CONFLICT can name it by its columns: immediate, not partial, no expressions. */
  isArbiter: z.boolean(),
  columns: z.array(z.string()),
});

const inboundForeignKey = z.object({
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  /** NO ACTION and DEFERRABLE: a row may go and come back within a transaction. */
  toleratesReplace: z.boolean(),
});

const shapeRow = z.object({
  shape: z.object({
    oid: z.string(),
    isPartitioned: z.boolean(),
    hasRules: z.boolean(),
    hasTriggers: z.boolean(),
    mark: z.string(),
    members: z.array(z.string()),
    columns: z.array(column),
    uniqueIndexes: z.array(uniqueIndex),
    inboundForeignKeys: z.array(inboundForeignKey),
  }),
});

export interface InboundForeignKey {
  name: string;
  table: QualifiedName;
  toleratesReplace: boolean;
}

export class TableShape {
  readonly oid: string;
  readonly isPartitioned: boolean;
  readonly hasRules: boolean;
  /** Triggers of somebody's own that fire on rows. */
  readonly hasTriggers: boolean;
  /** Changes with every change of columns, triggers and rules, those of foreign keys included. */
  readonly mark: string;
  /** Oids of the table and its partitions. */
  readonly members: readonly string[];
  readonly columns: readonly z.output<typeof column>[];
  readonly uniqueIndexes: readonly z.output<typeof uniqueIndex>[];
  readonly inboundForeignKeys: readonly InboundForeignKey[];

  constructor(shape: z.output<typeof shapeRow>["shape"]) {
    this.oid = shape.oid;
    this.isPartitioned = shape.isPartitioned;
    this.hasRules = shape.hasRules;
    this.hasTriggers = shape.hasTriggers;
    this.mark = shape.mark;
    this.members = shape.members;
    this.columns = shape.columns;
    this.uniqueIndexes = shape.uniqueIndexes;
    this.inboundForeignKeys = shape.inboundForeignKeys.map((key) => ({
      name: key.name,
      table: { schema: key.schema, name: key.table },
      toleratesReplace: key.toleratesReplace,
    }));
  }

  /** Whether ON CONFLICT takes these columns, in any order. */
  hasArbiter(key: readonly string[]): boolean {
    return this.#arbiter(key) !== undefined;
  }

  /** Whether anything but the key itself can refuse a row as a duplicate or an overlap. */
  hasOtherUnique(key: readonly string[]): boolean {
    const arbiter = this.#arbiter(key);
    return this.uniqueIndexes.some((index) => index !== arbiter);
  }

  /**
   * Whether rows may not be matched by a hash of these columns: a range over money or bits has none, but
   * the planner takes it for one that has.
   */
  needsSort(key: readonly string[]): boolean {
    return this.columns.some(({ name, isOwnRange }) => isOwnRange && key.includes(name));
  }

  /** The operator by which a key column compares, such as `operator(pg_catalog.=)`. */
  equalityOf(name: string): string {
    const found = this.columns.find((candidate) => candidate.name === name);
    if (found === undefined) return "operator(pg_catalog.=)";
    return `operator(${quoteIdentifier(found.equalitySchema)}.${found.equalityName})`;
  }

  /** A column of the table `alias` as something that can be compared with a bare value. */
  operandOf(name: string, alias: string): string {
    const column = `${alias}.${quoteIdentifier(name)}`;
    const found = this.columns.find((candidate) => candidate.name === name);
    return found === undefined || found.underDomain === null
      ? column
      : `${column}::${found.underDomain}`;
  }

  #arbiter(key: readonly string[]) {
    return this.uniqueIndexes.find((index) =>
      index.isArbiter && index.columns.length === key.length &&
      index.columns.every((name) => key.includes(name))
    );
  }
}

/** Undefined where the target has no such table. */
export async function readTableShape(
  connection: Connection,
  table: QualifiedName,
): Promise<TableShape | undefined> {
  const sql = forVersion(tableShapeSql, connection.version);
  const [row] = await connection.rows(shapeRow, sql, [table.schema, table.name]);
  return row && new TableShape(row.shape);
}
