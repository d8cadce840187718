/**
 * SQL identifiers. The only place that quotes: everything that reaches a statement as a name is a
 * QuotedIdentifier made here.
 */

/** An identifier or dotted name that is already quoted and safe to put into a statement. */
export type QuotedIdentifier = string & { readonly __brand: "QuotedIdentifier" };

/** The name of a relation as the catalogs have it, unquoted. */
export interface QualifiedName {
  schema: string;
  name: string;
}

/**
 * Quotes one identifier, always.
 * @throws RangeError on an empty name or one with a NUL, which PostgreSQL cannot store.
 */
export function quoteIdentifier(name: string): QuotedIdentifier {
  if (name === "" || name.includes("\0")) {
    throw new RangeError(`Not an SQL identifier: ${JSON.stringify(name)}`);
  }
  return `"${name.replaceAll('"', '""')}"` as QuotedIdentifier;
}

/** `"schema"."name"` */
export function quoteName(name: QualifiedName): QuotedIdentifier {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}` as QuotedIdentifier;
}

/** `"a", "b"`, each optionally behind a prefix such as `t.`. */
export function quoteList(names: readonly string[], prefix = ""): string {
  return names.map((name) => prefix + quoteIdentifier(name)).join(", ");
}

/** A string literal for statements that cannot take parameters (SET, COMMENT, DDL). */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** `schema.name` for people: logs, status, errors. */
export function displayName(name: QualifiedName): string {
  return `${name.schema}.${name.name}`;
}
