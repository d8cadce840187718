/**
 * Staging: temporary tables that take a batch's rows before they are merged.
 *
 * Few of them, least recently used first out: a commit that touches one of 600 temporary tables with
 * ON COMMIT DELETE ROWS costs 200 ms (EXPERIMENTS §5). A name is never used twice in a session, so a
 * table of an older shape cannot be taken for a new one.
 */
import {
  type QualifiedName,
  type QuotedIdentifier,
  quoteIdentifier,
  quoteList,
  quoteName,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";

const maxTables = 16;

export interface StagingTable {
  name: QuotedIdentifier;
  /** Boolean column that marks a deleted row. */
  deletedColumn: QuotedIdentifier;
}

export class Staging {
  readonly #connection: Connection;
  readonly #tables = new Map<string, StagingTable>();
  #created = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * A staging table with `deletedColumn` and the given columns of `table`, empty at the start of each
   * transaction. A table that is staged twice in one transaction is emptied by its second caller.
   */
  async take(table: QualifiedName, columns: readonly string[]): Promise<StagingTable> {
    const key = JSON.stringify([table.schema, table.name, columns]);
    const known = this.#tables.get(key);
    if (known !== undefined) {
      this.#tables.delete(key);
      this.#tables.set(key, known);
      return known;
    }
    await this.#dropOldest();
    const staging = {
      name: `pg_temp.${quoteIdentifier(`teleport_staging_${++this.#created}`)}` as QuotedIdentifier,
      deletedColumn: quoteIdentifier(unusedName("teleport_deleted", columns)),
    };
    await this.#connection.run(
      `create temporary table ${staging.name.slice("pg_temp.".length)} on commit delete rows as
       select false as ${staging.deletedColumn}, ${quoteList(columns, "t.")}
       from ${quoteName(table)} t with no data`,
    );
    this.#tables.set(key, staging);
    return staging;
  }

  /** Forgets shapes after the schema changed. */
  async dropAll(): Promise<void> {
    while (this.#tables.size > 0) await this.#drop();
  }

  async #dropOldest(): Promise<void> {
    if (this.#tables.size >= maxTables) await this.#drop();
  }

  async #drop(): Promise<void> {
    for (const [key, oldest] of this.#tables) {
      this.#tables.delete(key);
      await this.#connection.run(`drop table if exists ${oldest.name}`);
      return;
    }
  }
}

function unusedName(name: string, taken: readonly string[]): string {
  return taken.includes(name) ? unusedName(`${name}_`, taken) : name;
}
