/**
 * Catalog queries for every server version from one file. A query is written for the newest server and
 * runs there as it stands; a line that older ones cannot take ends with its replacement:
 *
 *     a.attgenerated::text as generated, -- since 12, before: ''::text as generated,
 */
import type { ServerVersion } from "./connection.ts";

const marked = /^(\s*).*-- since (\d+(?:\.\d+)?), before:(.*)$/;

/** Texts by version and query: some are asked for with every batch. */
const known = new Map<ServerVersion, Map<string, string>>();

/** The text of a query as a server of that version takes it. */
export function forVersion(sql: string, version: ServerVersion): string {
  const texts = known.get(version) ?? new Map<string, string>();
  known.set(version, texts);
  const text = texts.get(sql) ?? rewrite(sql, version);
  texts.set(sql, text);
  return text;
}

function rewrite(sql: string, version: ServerVersion): string {
  return sql.split("\n").map((line) => {
    const [, indent = "", since = "", older = ""] = marked.exec(line) ?? [];
    return since === "" || version >= toNumber(since) ? line : indent + older.trim();
  }).join("\n");
}

/** "12" is 120000, "9.5" is 90500. */
function toNumber(since: string): number {
  const [major = "0", minor = "0"] = since.split(".");
  return Number(major) * 10000 + Number(minor) * 100;
}
