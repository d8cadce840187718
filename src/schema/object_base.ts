/** What the shapes of all objects share. */
import { z } from "zod";

export const id = z.string().min(1);
export const name = z.string().min(1);
/** A source oid, as text. */
export const oid = z.string().regex(/^\d+$/);
export const wholeNumber = z.string().regex(/^-?\d+$/);
export const collation = z.object({ schema: name, name }).nullable();

/**
 * `dependsOn` holds ids of the same snapshot that have to exist before. `via`: epochs of the databases that it has come
 * through; absent where the source made it.
 */
export const base = { id, dependsOn: z.array(id), via: z.array(name).optional() };
export const named = { ...base, schema: name, name };

export type Collation = z.output<typeof collation>;
