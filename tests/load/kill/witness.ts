/** What was sent, stored and recorded of every chunk: triggers note it in the transactions that do it. */
import { type Pair, waitFor } from "../../pair/mod.ts";
import { runSql } from "../../postgres/mod.ts";
import onSource from "./witness_source.sql" with { type: "text" };
import onTarget from "./witness_target.sql" with { type: "text" };

interface Note {
  load: string;
  number: number;
  at: Date;
}

export interface Testimony {
  /** Loads of which at least one chunk was sent. */
  loads: number;
  /** Different chunks that were sent. */
  chunks: number;
  sendings: number;
  /** Sendings of a chunk that its source had recorded as done. */
  ofDone: number;
  /** Sendings of a chunk that the target had stored. */
  ofStored: number;
  /** From the sending of a chunk to its record, the longest. */
  longestMs: number;
}

export class Witness {
  readonly #urls: { source: string; target: string };

  private constructor({ source, target }: Pair) {
    this.#urls = {
      source: source.server.url(source.name),
      target: target.server.url(target.name),
    };
  }

  /** To be called when teleport has made its schema on both sides, before the first load. */
  static async install(pair: Pair): Promise<Witness> {
    const witness = new Witness(pair);
    for (const url of Object.values(witness.#urls)) {
      const isThere = "select 1 where pg_catalog.to_regclass('teleport.applied_chunk') is not null";
      await waitFor(async () => (await runSql(url, isThere)).length > 0, {
        what: "teleport's schema to be there",
        deadlineMs: 120_000,
      });
    }
    await runSql(witness.#urls.source, onSource);
    await runSql(witness.#urls.target, onTarget);
    return witness;
  }

  async tell(): Promise<Testimony> {
    const sendings = await runSql<Note & { was_done: boolean }>(
      this.#urls.source,
      "select load, number, was_done, at from witness.sending order by at",
    );
    const stored = byChunk(
      await runSql<Note>(this.#urls.target, "select load, number, at from witness.stored"),
    );
    const done = await runSql<Note>(
      this.#urls.source,
      "select load, number, at from witness.done order by at",
    );
    const sent = byChunk(sendings);
    return {
      loads: new Set(sendings.map(({ load }) => load)).size,
      chunks: sent.size,
      sendings: sendings.length,
      ofDone: sendings.filter(({ was_done }) => was_done).length,
      ofStored: sendings.filter((note) => {
        const storedAt = stored.get(chunkOf(note));
        return storedAt !== undefined && storedAt < note.at;
      }).length,
      longestMs: Math.max(
        0,
        ...done.map((note) => Number(note.at) - Number(sent.get(chunkOf(note)))),
      ),
    };
  }
}

function chunkOf({ load, number }: { load: string; number: number }): string {
  return `${load} ${number}`;
}

/** When each chunk was noted last. */
function byChunk(notes: readonly Note[]): Map<string, Date> {
  return new Map(notes.map((note) => [chunkOf(note), note.at]));
}
