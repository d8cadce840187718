/**
 * What is captured: one entry per unit of replication, which is a table or a whole partitioned table.
 *
 * Reads the catalogs in the caller's transaction, so inside a batch it shows what the batch's snapshot
 * shows. Knows nothing of targets beyond teleport.wanted.
 */
import { z } from "zod";
import { type QualifiedName, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import selectRelations from "./queries/captured_relations.sql" with { type: "text" };

/** How the changes of a unit are seen; `none`: not at all, `reason` says why. */
export type CaptureVariant = "statement" | "partitioned" | "row" | "none";

export interface KeyColumn {
  name: string;
  /** `format_type`, schema-qualified where it is not in pg_catalog, with its modifier; of a domain the type under it. */
  type: string;
  /** The column must be cast to `type` to be compared. */
  isDomain: boolean;
  /** A cast from text would not use the type's input function. */
  hasTextCast: boolean;
  /** Values may not be matched by a hash: they may have none, though the planner thinks so. */
  needsSort?: true;
  /** The key index's collation, where it or the column's is not the database's default. */
  collation?: QualifiedName;
  /** What the key index calls equal, such as `operator(pg_catalog.=)`. */
  equality: string;
}

export interface CapturedRelation extends QualifiedName {
  /** Oid of the relation, which its row events carry. */
  relation: number;
  /** Equal to `relation`: a unit is its own root. */
  root: number;
  /** The root that its events carried while it was a partition of that one's tree. */
  formerRoot?: number;
  variant: CaptureVariant;
  /** What its events carry; an event with a smaller one asks for a reload. 0: never captured. */
  generation: number;
  /** The key as the catalogs have it now; empty without one. */
  key: KeyColumn[];
  /** What the text of keys depends on, as of the generation. */
  signature: string;
  /** Whether the catalogs still say the same: else events must not be read by key. */
  isSignatureCurrent: boolean;
  /** Why it is not captured, or what is wrong though it is. */
  reason?: string;
  /** The root and, of a partitioned table, every partition at every depth. */
  memberOids: number[];
  isPartitioned: boolean;
  /** Names of all relations of its partition tree, from the topmost on: itself alone in most cases. */
  tree: QualifiedName[];
  /** It has old-style inheritance children: its own rows are those of `from only`. */
  readsOnly: boolean;
}

const relationRow = z.object({
  relation: z.coerce.number(),
  former_root: z.coerce.number().nullable(),
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  level: z.enum(["statement", "row", "truncate", "none"]),
  generation: z.number(),
  signature: z.string(),
  reason: z.string().nullable(),
  members: z.array(z.coerce.number()),
  tree_schemas: z.array(z.string()),
  tree_names: z.array(z.string()),
  is_signature_current: z.boolean(),
  has_children: z.boolean(),
  key_names: z.array(z.string()),
  key_types: z.array(z.string()),
  key_are_domains: z.array(z.boolean()),
  key_have_casts: z.array(z.boolean()),
  key_need_sorts: z.array(z.boolean()),
  collation_schemas: z.array(z.string().nullable()),
  collation_names: z.array(z.string().nullable()),
  equalities: z.array(z.string()),
});
type RelationRow = z.output<typeof relationRow>;

/** Lists every unit, or those among `relations`, by schema and name. */
export async function listCaptured(
  connection: Connection,
  relations?: readonly number[],
): Promise<CapturedRelation[]> {
  const rows = await connection.rows(relationRow, selectRelations, [
    relations === undefined ? null : [...relations],
  ]);
  return rows.map(toCapturedRelation);
}

function toCapturedRelation(row: RelationRow): CapturedRelation {
  return {
    relation: row.relation,
    root: row.relation,
    ...(row.former_root === null ? {} : { formerRoot: row.former_root }),
    schema: row.schema,
    name: row.name,
    variant: toVariant(row),
    generation: row.generation,
    key: toKey(row),
    signature: row.signature,
    isSignatureCurrent: row.is_signature_current,
    ...(row.reason === null ? {} : { reason: row.reason }),
    memberOids: row.members,
    isPartitioned: row.kind === "p",
    tree: row.tree_names.map((name, index) => ({ schema: row.tree_schemas[index] ?? "", name })),
    readsOnly: row.has_children,
  };
}

function toVariant({ kind, level }: RelationRow): CaptureVariant {
  switch (level) {
    case "none":
      return "none";
    case "truncate":
      return "partitioned";
    case "row":
      return "row";
    case "statement":
      return kind === "p" ? "partitioned" : "statement";
  }
}

/** A stored key whose columns are no longer there has names alone: no key to read by. */
function toKey(row: RelationRow): KeyColumn[] {
  if (row.key_types.length !== row.key_names.length) return [];
  return row.key_names.map((name, index) => {
    const type = row.key_types[index];
    const equality = row.equalities[index];
    if (type === undefined || equality === undefined) {
      throw new TeleportError(
        "bug",
        `Key column ${name} of ${row.schema}.${row.name} is not known`,
      );
    }
    const schema = row.collation_schemas[index] ?? null;
    const collation = row.collation_names[index] ?? null;
    return {
      name,
      type,
      isDomain: row.key_are_domains[index] ?? false,
      hasTextCast: row.key_have_casts[index] ?? false,
      equality,
      ...(row.key_need_sorts[index] ? { needsSort: true as const } : {}),
      ...(schema === null || collation === null ? {} : { collation: { schema, name: collation } }),
    };
  });
}
