/** Rows that a query returned, parsed at this edge: an unexpected one is a bug of ours. */
import type { z } from "zod";
import { TeleportError } from "../model/mod.ts";

/** @throws TeleportError `bug` on a row of another shape. */
export function parseRows<Shape extends z.ZodType>(
  shape: Shape,
  rows: unknown[],
  server: string,
): z.output<Shape>[] {
  // Not z.array(shape): a schema is compiled when it is made, which is dearer than a few rows.
  return rows.map((row) => {
    const parsed = shape.safeParse(row);
    if (parsed.success) return parsed.data;
    throw new TeleportError("bug", `${server}: a catalog query returned an unexpected row`, {
      hint: "Please report this with the server's version.",
      cause: parsed.error,
    });
  });
}

/** @throws TeleportError `bug` when there is not exactly one row, of this shape. */
export function parseOnlyRow<Shape extends z.ZodType>(
  shape: Shape,
  rows: unknown[],
  server: string,
): z.output<Shape> {
  const parsed = parseRows(shape, rows, server);
  const [row] = parsed;
  if (parsed.length === 1 && row !== undefined) return row;
  throw new TeleportError("bug", `${server}: expected one row, got ${parsed.length}`);
}
