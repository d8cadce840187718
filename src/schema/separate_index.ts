/**
 * Indexes of a bare table that are built each in a transaction of its own. Until the load's end gives them their names
 * they are called as half_built.ts says, so that the catalog's readers pass over them: no plan takes one for what is
 * wanted now.
 */
import { quoteIdentifier, quoteName } from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";
import { digest, type HalfBuiltIndex, halfBuiltPrefix } from "./half_built.ts";
import type { KeyPart } from "./key_parts.ts";
import type { ObjectOf } from "./object.ts";
import { createIndex } from "./render_table.ts";
import { knownParameters, renderParameters } from "./storage_parameters.ts";

const prefix = `${halfBuiltPrefix}load_`;

/** A list of columns as pg_get_constraintdef writes it. */
const columns =
  `\\((?:[a-z_][a-z0-9_]*|"(?:[^"]|"")+")(?:, (?:[a-z_][a-z0-9_]*|"(?:[^"]|"")+"))*\\)`;
const uniqueDefinition = new RegExp(
  `^UNIQUE ((NULLS NOT DISTINCT )?)(${columns})((?: INCLUDE ${columns})?)((?: (?:NOT )?DEFERRABLE| INITIALLY (?:DEFERRED|IMMEDIATE))*)$`,
);

/** The name until it has its own. It says of which table it is, and what was wanted when it was built. */
export function separateName(table: string, part: KeyPart): string {
  const isUnique = part.kind === "index" ? part.isUnique : true;
  return prefix + digest([table, part.id, isUnique, part.definition, part.settings?.options ?? []]);
}

export function isSeparateName(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * Builds the part's index under another name. Undefined where PostgreSQL makes the part only as a whole: exclusion
 * constraints and those WITHOUT OVERLAPS, checks, everything of a partitioned table.
 */
export function createSeparate(
  { member, part, name }: { member: ObjectOf<"table">; part: KeyPart; name: string },
  version: ServerVersion,
): string | undefined {
  if (member.partitionKey !== null) return undefined;
  if (part.kind === "index") return createIndex({ ...part, name }, member, version);
  const unique = readUnique(part);
  if (unique === undefined) return undefined;
  const known = knownParameters(part.settings?.options ?? [], version);
  const options = known.length === 0 ? "" : ` with (${renderParameters(known)})`;
  return `create unique index ${quoteIdentifier(name)} on ${quoteName(member)} using btree ` +
    `${unique.columns}${unique.include}${unique.nulls}${options}`;
}

/** Gives what is built its own name, or makes it the constraint. */
export function nameSeparate(
  { member, part, built }: {
    member: ObjectOf<"table">;
    part: KeyPart;
    built: Pick<HalfBuiltIndex, "schema" | "name">;
  },
): string | undefined {
  if (part.kind === "index") {
    return `alter index ${quoteName(built)} rename to ${quoteIdentifier(part.name)}`;
  }
  const unique = readUnique(part);
  return unique &&
    `alter table ${quoteName(member)} add constraint ${quoteIdentifier(part.name)} ` +
      `unique using index ${quoteIdentifier(built.name)}${unique.timing}`;
}

function readUnique(
  constraint: ObjectOf<"constraint">,
): { columns: string; include: string; nulls: string; timing: string } | undefined {
  if (constraint.type !== "unique") return undefined;
  const found = uniqueDefinition.exec(constraint.definition);
  if (found === null) return undefined;
  const [, nulls = "", , columns = "", include = "", timing = ""] = found;
  return { columns, include, nulls: nulls === "" ? "" : ` ${nulls.trim()}`, timing };
}
