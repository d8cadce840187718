/** What planning knows: both snapshots, the target, and what came up on the way. */
import { type QualifiedName, quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ServerVersion } from "../../postgres/mod.ts";
import { kindRank, type ObjectOf, type SchemaObject } from "../object.ts";
import type { SchemaPolicy } from "../policy.ts";
import type { SnapshotIndex } from "../snapshot.ts";
import type { ColumnRow, ConstraintRow, IndexRow, ViewRow } from "../catalog/mod.ts";
import type { TargetCatalog, TargetTable } from "../target_catalog.ts";
import type { Step } from "./step.ts";

/** Something that was not done, and why. */
export interface Unsupported {
  object: string;
  reason: string;
  /** Of a kind that is never replicated; else this target cannot have it. */
  isByDesign?: true;
}

export interface PlanOptions {
  before: SnapshotIndex;
  after: SnapshotIndex;
  catalog: TargetCatalog;
  version: ServerVersion;
  /** Ids of tables that are being loaded: their keys and indexes are built when the load ends. */
  bareTables: ReadonlySet<string>;
  /** Ids of tables that are too big on the target for an index to be built in a batch. */
  largeTables: ReadonlySet<string>;
  /** Ids of objects of which an earlier plan was refused. */
  refusedBefore: ReadonlySet<string>;
  policy: SchemaPolicy;
}

/** What has indexes. */
export type Relation = ObjectOf<"table" | "view">;

export class PlanContext {
  readonly before: SnapshotIndex;
  readonly after: SnapshotIndex;
  readonly catalog: TargetCatalog;
  readonly version: ServerVersion;
  readonly bareTables: ReadonlySet<string>;
  readonly largeTables: ReadonlySet<string>;
  readonly refusedBefore: ReadonlySet<string>;
  readonly policy: SchemaPolicy;
  /** What stays although the source dropped it, as it is from now on, by id. */
  readonly held = new Map<string, { object: SchemaObject; reason: string }>();
  readonly steps: Step[] = [];
  readonly unsupported: Unsupported[] = [];
  /** Quoted names of relations and types that a drop or a rename of this plan sets free. */
  readonly freed = new Set<string>();
  /** Ids of objects that are dropped and made again with what they depend on. */
  readonly rebuilt = new Set<string>();
  /** Ids of new objects that need each other. */
  readonly circles = new Set<string>();
  /** Ids of tables that get a parent in this plan, but for children that are created with it. */
  readonly attaching = new Set<string>();
  /** Ids of known tables that keep none of their parents. */
  readonly reparented = new Set<string>();

  constructor(options: PlanOptions) {
    this.before = options.before;
    this.after = options.after;
    this.catalog = options.catalog;
    this.version = options.version;
    this.bareTables = options.bareTables;
    this.largeTables = options.largeTables;
    this.refusedBefore = options.refusedBefore;
    this.policy = options.policy;
  }

  add(
    object: SchemaObject,
    action: string,
    statements: readonly string[],
    options: Partial<Pick<Step, "id" | "rank" | "dependsOn" | "fallback" | "postponed">> = {},
  ): void {
    if (statements.length === 0) return;
    this.steps.push({
      id: object.id,
      object: object.id,
      action,
      statements,
      dependsOn: object.dependsOn,
      rank: kindRank[object.kind],
      ...options,
    });
  }

  leave(object: SchemaObject, reason: string): void {
    const index = this.after.byId.has(object.id) ? this.after : this.before;
    const kind = object.kind === "leftOut" ? object.what : object.kind;
    this.unsupported.push({
      object: `${kind} ${index.nameOf(object)}`,
      reason,
      ...(object.kind === "leftOut" ? { isByDesign: true } : {}),
    });
  }

  /** Whether the target has the name now and will still have it when this object is created. */
  has(kind: "types" | "sequences", object: { schema: string; name: string }): boolean {
    const name = quoteName(object);
    return this.catalog[kind].has(name) && !this.freed.has(name);
  }

  /** The name by which the target has a table or a view now. */
  nameNow(table: Relation): QualifiedName {
    return this.#known(table) ?? table;
  }

  #known({ id }: Relation): Relation | undefined {
    return this.before.get("table", id) ?? this.before.get("view", id);
  }

  /** The table or view as the target has it; undefined where it has none or is about to lose it. */
  targetTable(table: Relation): TargetTable | undefined {
    const known = this.#known(table);
    if (known !== undefined) return this.catalog.table(known);
    return this.freed.has(quoteName(table)) ? undefined : this.catalog.table(table);
  }

  /** The view as the target has it; undefined where it has none or is about to lose it. */
  targetView(view: ObjectOf<"view">): ViewRow | undefined {
    return this.freed.has(quoteName(view)) ? undefined : this.catalog.view(view);
  }

  /** The column as the target has it, under the name that it has there now. */
  targetColumn(table: ObjectOf<"table">, column: ObjectOf<"column">): ColumnRow | undefined {
    const known = this.before.get("column", column.id);
    const name = known?.name ?? column.name;
    const isFreed = known === undefined && this.freed.has(partKey(this.nameNow(table), name));
    return isFreed ? undefined : this.targetTable(table)?.columns.get(name);
  }

  /** The constraint or index as the target has it, by the name or the meaning that it has there now. */
  findPart(
    table: Relation,
    part: ObjectOf<"constraint" | "index">,
  ): ConstraintRow | IndexRow | undefined {
    if (this.targetTable(table) === undefined) return undefined;
    const name = this.nameNow(table);
    const isFree = (found: string) => this.#isFree(part, found);
    return part.kind === "index"
      ? this.catalog.findIndex(name, part, isFree)
      : this.catalog.findConstraint(name, part, isFree);
  }

  /** Whether the target's part of a name is not that of another object, known or new. */
  #isFree(part: ObjectOf<"constraint" | "index">, name: string): boolean {
    const owner = [this.before, this.after].flatMap((index) =>
      index.ofTable(part.table, part.kind).find((other) => other.name === name) ?? []
    ).at(0);
    return owner === undefined || owner.id === part.id;
  }

  /** Whether changes of an inherited column or check come with those of its parent's. */
  isCarried(part: ObjectOf<"column" | "constraint">): boolean {
    const before = this.before.get(part.kind, part.id);
    return part.isInherited && before?.isInherited === true && !this.reparented.has(part.table);
  }

  /** Whether both knew it before and the source has it no more. */
  isGoing(object: SchemaObject | undefined): boolean {
    return object !== undefined && this.before.byId.has(object.id) &&
      !this.after.byId.has(object.id);
  }

  /** A part's table. A snapshot never holds a part without it. */
  tableOf(object: { table: string }): ObjectOf<"table"> | undefined {
    return this.after.get("table", object.table);
  }

  /** An index's table or materialized view. */
  relationOf(object: { table: string }): Relation | undefined {
    return this.tableOf(object) ?? this.after.get("view", object.table);
  }
}

/** Key in `freed` of a column, constraint or index. */
export function partKey(table: QualifiedName, name: string): string {
  return `${quoteName(table)}.${quoteIdentifier(name)}`;
}

/** After its own rename. */
export function afterRename(object: SchemaObject): string[] {
  return [`${object.id}#rename`, ...object.dependsOn];
}

/** An object comes after its schema. */
export function withSchema(
  context: PlanContext,
  object: SchemaObject & { schema: string },
): string[] {
  const schema = context.after.all("schema").find(({ name }) => name === object.schema);
  return schema === undefined ? object.dependsOn : [schema.id, ...object.dependsOn];
}
