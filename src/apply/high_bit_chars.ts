/**
 * Values of the type "char" with the high bit set: from 16 on their text is an octal escape, of which
 * older servers keep the backslash and say nothing. So that a table is held rather than wrong.
 */
import { Buffer } from "node:buffer";
import { z } from "zod";
import { displayName, type QualifiedName, Refusal } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import hasChars from "./has_chars.sql" with { type: "text" };

const firstThatReads = 160000;
/** A backslash as COPY writes it. */
const backslash = "\\\\";
const escape = /\\\\[23][0-7]{2}/;
/** Length of what `escape` matches. */
const escapeBytes = 5;

/** Looks for such values in COPY text on its way to a server that cannot read them. */
export class HighBitChars {
  readonly #connection: Connection;
  #isSuspected = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Passes `blocks` on as they are. */
  over(blocks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    return this.#connection.version < firstThatReads ? this.#watched(blocks) : blocks;
  }

  /** After the COPY. @throws Refusal that holds the table where it may have stored a wrong value. */
  async assertNone(table: QualifiedName): Promise<void> {
    if (!this.#isSuspected || !await this.#hasChars(table)) return;
    throw new Refusal({
      failure: "data",
      code: "table_refused",
      table,
      message: `${displayName(table)} has a "char" with the high bit set, such as \\200, which ` +
        "PostgreSQL before 16 cannot read",
    });
  }

  async #hasChars({ schema, name }: QualifiedName): Promise<boolean> {
    const shape = z.object({ found: z.boolean() });
    return (await this.#connection.row(shape, hasChars, [schema, name])).found;
  }

  async *#watched(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    let end = Buffer.alloc(0);
    for await (const block of blocks) {
      const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
      const seam = Buffer.concat([end, bytes.subarray(0, escapeBytes - 1)]);
      this.#isSuspected ||= hasEscape(seam) || hasEscape(bytes);
      end = Buffer.concat([end, bytes.subarray(-escapeBytes)]).subarray(1 - escapeBytes);
      yield block;
    }
  }
}

function hasEscape(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(backslash); at >= 0; at = bytes.indexOf(backslash, at + 1)) {
    if (escape.test(bytes.toString("latin1", at, at + escapeBytes))) return true;
  }
  return false;
}
