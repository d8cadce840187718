/** Tables of a target that an operator names. */
import { TeleportError } from "../model/mod.ts";

interface NamedTable {
  schema: string;
  name: string;
}

/** @throws TeleportError `table_unknown`, with what is most likely meant. */
export function chooseTables<Table extends NamedTable>(
  tables: readonly Table[],
  names: readonly string[],
): Table[] {
  return [...new Set(names)].map((name) => {
    const [found, another] = tables.filter((table) => `${table.schema}.${table.name}` === name);
    if (found !== undefined && another === undefined) return found;
    if (another !== undefined) {
      throw new TeleportError("table_unknown", `Two tables are called ${name}`, {
        hint: "One of them has a dot in its name: rename it, or load the whole target.",
      });
    }
    throw new TeleportError("table_unknown", `The target has no table ${JSON.stringify(name)}`, {
      hint: hintFor(tables, name),
    });
  });
}

function hintFor(tables: readonly NamedTable[], name: string): string {
  const bare = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const near = tables.filter((table) => table.name.toLowerCase() === bare)
    .map((table) => `${table.schema}.${table.name}`);
  if (near.length > 0) return `Did you mean ${near.slice(0, 3).join(" or ")}?`;
  return "Name it SCHEMA.NAME, as the source does; a partition goes with the table that it is a part of.";
}
