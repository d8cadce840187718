/**
 * First contact with a target: a table without rows on either side follows at once; one with rows
 * follows too, but lacks the older ones until it is loaded.
 */
import { z } from "zod";
import type { Participant } from "../batch/mod.ts";
import {
  displayName,
  type QualifiedName,
  quoteName,
  type TableState,
  type TruncatedTable,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

export interface FirstTable extends QualifiedName {
  relation: number;
  state: TableState;
  isOnly: boolean;
}

/** Looks into each table, in the first batch's snapshot. */
export async function readFirstTables(
  reader: Connection,
  participants: readonly Participant[],
): Promise<FirstTable[]> {
  const tables: FirstTable[] = [];
  for (const { table } of participants) {
    const only = table.readsOnly ? "only " : "";
    const { hasRows } = await reader.row(
      z.object({ hasRows: z.boolean() }),
      `select exists (select 1 from ${only}${quoteName(table)}) as "hasRows"`,
    );
    const { root: relation, schema, name } = table;
    const state = hasRows ? "partial" : "streaming";
    tables.push({ relation, schema, name, state, isOnly: table.readsOnly });
  }
  return tables;
}

/** Those without rows here, as the target knows them: it says which of them hold rows there. */
export function listEmpty(link: TargetLink, tables: readonly FirstTable[]): TruncatedTable[] {
  return tables.filter(({ state }) => state === "streaming")
    .map((table) => ({ ...link.toTarget(table), isOnly: table.isOnly }));
}

/** A table without rows here that has some there is not equal before its load. */
export function withoutForeignRows(
  link: TargetLink,
  tables: readonly FirstTable[],
  notEmpty: readonly QualifiedName[],
): FirstTable[] {
  const names = new Set(notEmpty.map((table) => quoteName(table)));
  return tables.map((table) =>
    names.has(quoteName(link.toTarget(table))) ? { ...table, state: "partial" } : table
  );
}

export function tellPartial(link: TargetLink, log: Log, tables: readonly FirstTable[]): void {
  const partial = tables.filter(({ state }) => state === "partial").map(displayName);
  if (partial.length === 0) return;
  log.warn("Tables that hold rows follow from now on; their older rows need an initial load", {
    tables: partial.join(", "),
    hint: `Run: teleport -mode initial-load -load-target ${link.name}`,
  });
}
