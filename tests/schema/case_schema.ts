/** One {before, after} pair in schemas of its own, run by the owner's session. */
import { quoteIdentifier } from "../../src/model/mod.ts";
import type { Session } from "../postgres/mod.ts";
import type { Change } from "./cases/mod.ts";
import fillSql from "./fill_rows.sql" with { type: "text" };

export class CaseSchema {
  readonly change: Change;
  readonly name: string;

  constructor(change: Change, name: string) {
    this.change = change;
    this.name = name;
  }

  /** Whether it takes two schemas, which no apply_schema can rename. */
  get hasOther(): boolean {
    return [this.change.before, ...[this.change.after].flat()].some((sql) => /\bOTHER\b/.test(sql));
  }

  get schemas(): string[] {
    return this.hasOther ? [this.name, `${this.name}_other`] : [this.name];
  }

  async create(session: Session): Promise<void> {
    for (const schema of this.schemas) await session.query(`create schema ${schema}`);
    await this.run(session, this.change.before);
  }

  /** Each statement, or text of several, by itself. */
  async run(session: Session, ...statements: readonly string[]): Promise<void> {
    await session.query(`set search_path = ${this.name}, public`);
    for (const sql of statements) {
      const [own, other = own] = this.schemas;
      await this.#attempt(
        session,
        sql.replace(/\bSELF\b/g, own ?? "").replace(/\bOTHER\b/g, other ?? ""),
      );
    }
  }

  /** Again, where it was a deadlock's victim: one text is one transaction. */
  async #attempt(session: Session, sql: string, left = 5): Promise<void> {
    try {
      await session.query(sql);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "40P01" || left === 0) throw error;
      await this.#attempt(session, sql, left - 1);
    }
  }

  /**
   * The change. Where rows that a test made up stand in its way, its tables are emptied first.
   * @returns whether it was done over rows.
   */
  async alter(session: Session): Promise<boolean> {
    let keptRows = true;
    for (const sql of [this.change.after].flat()) {
      try {
        await this.run(session, sql);
      } catch (error) {
        if (this.change.rows !== undefined || !isRefusalOfRows(error)) throw error;
        keptRows = false;
        await this.#deleteRows(session);
        await this.run(session, sql);
      }
    }
    return keptRows;
  }

  /** Three rows with the numbers from `first` on for each table, where its constraints allow them. */
  async fill(session: Session, first: number): Promise<void> {
    await session.query("set search_path = pg_catalog");
    for (const schema of this.schemas) {
      await session.query(
        fillSql.replaceAll("'SCHEMA'", `'${schema}'`).replaceAll("'FIRST'", `'${first}'`),
      );
    }
  }

  async drop(session: Session): Promise<void> {
    for (const schema of this.schemas) await session.query(`drop schema ${schema} cascade`);
  }

  async #deleteRows(session: Session): Promise<void> {
    const { rows } = await session.query<{ name: string }>(
      `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind in ('r', 'p')`,
      [this.schemas],
    );
    if (rows.length > 0) {
      await session.query(`truncate ${rows.map(({ name }) => name).join(", ")}`);
    }
  }
}

/** `c001` and so on, in the order of the pairs. */
export function caseSchemas(changes: readonly Change[], prefix = "c"): CaseSchema[] {
  return changes.map((change, at) =>
    new CaseSchema(change, `${prefix}${String(at + 1).padStart(3, "0")}`)
  );
}

export function schemaPattern(schema: string): string {
  return `${quoteIdentifier(schema)}.*`;
}

function isRefusalOfRows(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && ["22", "23"].includes(code.slice(0, 2));
}
