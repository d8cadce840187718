/** Storage parameters as catalogs keep them: `name=value`, those of a TOAST table as `toast.name=value`. */
import { quoteIdentifier, quoteLiteral } from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";

interface Span {
  since?: ServerVersion;
  /** The first version that has it no more. */
  until?: ServerVersion;
}

/** Those that not every version from 9.2 on knows. What nobody knows here is tried. */
const spans: Readonly<Record<string, Span>> = {
  user_catalog_table: { since: 90400 },
  autovacuum_multixact_freeze_min_age: { since: 90300 },
  autovacuum_multixact_freeze_max_age: { since: 90300 },
  autovacuum_multixact_freeze_table_age: { since: 90300 },
  gin_pending_list_limit: { since: 90500 },
  log_autovacuum_min_duration: { since: 90500 },
  parallel_workers: { since: 90600 },
  autosummarize: { since: 100000 },
  toast_tuple_target: { since: 110000 },
  vacuum_cleanup_index_scale_factor: { since: 110000, until: 140000 },
  vacuum_index_cleanup: { since: 120000 },
  vacuum_truncate: { since: 120000 },
  autovacuum_vacuum_insert_threshold: { since: 130000 },
  autovacuum_vacuum_insert_scale_factor: { since: 130000 },
  deduplicate_items: { since: 130000 },
  autovacuum_vacuum_max_threshold: { since: 180000 },
  vacuum_max_eager_freeze_failure_rate: { since: 180000 },
};

/** Names of the parameters that a server of that version does not take. */
export function unknownParameters(
  parameters: readonly string[],
  version: ServerVersion,
): string[] {
  return parameters.map(nameOf).filter((name) => {
    const { since = 0, until = Infinity } = spans[name.replace(/^toast\./, "")] ?? {};
    return version < since || version >= until;
  });
}

/** Those that a server of that version takes. */
export function knownParameters(
  parameters: readonly string[],
  version: ServerVersion,
): string[] {
  const unknown = new Set(unknownParameters(parameters, version));
  return parameters.filter((parameter) => !unknown.has(nameOf(parameter)));
}

/** What follows ALTER ... to get from one list to the other. */
export function changeParameters(before: readonly string[], after: readonly string[]): string[] {
  const kept = new Set(after.map(nameOf));
  const gone = before.map(nameOf).filter((name) => !kept.has(name));
  const set = after.filter((parameter) => !before.includes(parameter));
  return [
    ...(gone.length === 0 ? [] : [`reset (${gone.map(quoteParameter).join(", ")})`]),
    ...(set.length === 0 ? [] : [`set (${renderParameters(set)})`]),
  ];
}

/** As they stand between parentheses. */
export function renderParameters(parameters: readonly string[]): string {
  return parameters.map((parameter) => {
    const name = nameOf(parameter);
    return `${quoteParameter(name)} = ${quoteLiteral(parameter.slice(name.length + 1))}`;
  }).join(", ");
}

/**
 * An index's definition with the storage parameters that a server of that version takes.
 * @param parameters all that the definition has, in the catalog's order.
 */
export function definitionFor(
  definition: string,
  parameters: readonly string[],
  version: ServerVersion,
): string {
  const known = knownParameters(parameters, version);
  if (known.length === parameters.length) return definition;
  const kept = known.length === 0 ? "" : ` WITH (${renderParameters(known)})`;
  return definition.replace(new RegExp(deparsed(parameters)), () => kept);
}

/** As ruleutils writes them: values are quoted where they have to be, before 9.6 nowhere. */
function deparsed(parameters: readonly string[]): string {
  const escape = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const items = parameters.map((parameter) => {
    const name = nameOf(parameter);
    return `${escape(name)}='?${escape(parameter.slice(name.length + 1))}'?`;
  });
  return ` WITH \\(${items.join(", ")}\\)`;
}

function nameOf(parameter: string): string {
  return parameter.slice(0, parameter.indexOf("="));
}

function quoteParameter(name: string): string {
  return name.split(".").map((part) => quoteIdentifier(part)).join(".");
}
