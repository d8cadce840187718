/**
 * Staging: temporary tables that take a batch's rows before they are merged.
 *
 * Not ON COMMIT DELETE ROWS: every commit would empty every one of them, used or not (600 cost 200 ms,
 * EXPERIMENTS §5). So a batch of 20 tables takes 80 ms where 16 such tables, made anew in turn, took 250.
 * A name is never used twice in a session, so a table of an older shape cannot be taken for a new one.
 */
import { z } from "zod";
import {
  type QualifiedName,
  type QuotedIdentifier,
  quoteIdentifier,
  quoteName,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import domainColumns from "./domain_columns.sql" with { type: "text" };

const maxTables = 100;

/** Deleted rows stay in the file, which TRUNCATE replaces at the price of a new one. */
const maxDeadRows = 5000;

export interface StagingTable {
  name: QuotedIdentifier;
  /** Boolean column that marks a deleted row. */
  deletedColumn: QuotedIdentifier;
}

interface KeptTable extends StagingTable {
  deadRows: number;
}

export class Staging {
  readonly #connection: Connection;
  readonly #tables = new Map<string, KeptTable>();
  #created = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * A staging table with `deletedColumn` and the given columns of `table`, one for each part of its rows
   * that is there at a time. It is empty, as long as
   * everybody who filled it has run what `clearing` says, and a session whose transaction failed is given up.
   */
  async take(
    table: QualifiedName,
    { columns, part = 0 }: { columns: readonly string[]; part?: number },
  ): Promise<StagingTable> {
    const key = JSON.stringify([table.schema, table.name, columns, part]);
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
      deadRows: 0,
    };
    const selected = await this.#selectColumns(table, columns);
    await this.#connection.run(
      `create temporary table ${staging.name.slice("pg_temp.".length)} as
       select false as ${staging.deletedColumn}, ${selected.join(", ")}
       from ${quoteName(table)} t with no data`,
    );
    this.#tables.set(key, staging);
    return staging;
  }

  /** The statement that empties the table after use, if any. @param rows that were stored in it. */
  clearing(staging: StagingTable, rows: number): string[] {
    const kept = [...this.#tables.values()].find(({ name }) => name === staging.name);
    if (kept === undefined || rows === 0) return [];
    kept.deadRows += rows;
    const isWorthTruncate = kept.deadRows > maxDeadRows;
    if (isWorthTruncate) kept.deadRows = 0;
    return [`${isWorthTruncate ? "truncate" : "delete from"} ${kept.name}`];
  }

  /** Forgets shapes after the schema changed. */
  async dropAll(): Promise<void> {
    while (this.#tables.size > 0) await this.#drop();
  }

  /** Domains lie bare: a deleted row has nulls where a domain may forbid them. */
  async #selectColumns(table: QualifiedName, columns: readonly string[]): Promise<string[]> {
    const domains = await this.#connection.rows(
      z.object({ name: z.string(), type: z.string() }),
      domainColumns,
      [table.schema, table.name],
    );
    const bareType = new Map(domains.map(({ name, type }) => [name, type]));
    return columns.map((column) => {
      const name = quoteIdentifier(column);
      const type = bareType.get(column);
      return type === undefined ? `t.${name}` : `t.${name}::${type} as ${name}`;
    });
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
