/**
 * The name of a load: a number, which tells older loads of an epoch from newer ones, and what tells it from
 * any other. The number is the txid of the transaction that began the load: a target refuses to begin an older
 * load than it knows of, however late the request for it comes.
 */
import { z } from "zod";

export const loadName = z.string().regex(/^\d{1,19}:\S+$/, "expected a number, a colon and a name");

/** @param txid that no load of before can have. */
export function nameLoad(txid: string, name: string): string {
  return `${txid}:${name}`;
}

/** The txid of its beginning. */
export function loadNumber(load: string): bigint {
  return BigInt(load.slice(0, load.indexOf(":")));
}
