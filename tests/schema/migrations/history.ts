/**
 * The migrations of a help desk, one file each, in the order of their numbers. A first line may say how
 * one is run: `-- no transaction`, each statement by itself; `-- in batches`, until it changes no row.
 * Others are one transaction.
 */
import type { Session } from "../../postgres/mod.ts";

export interface Migration {
  name: string;
  sql: string;
}

const folder = new URL("./", import.meta.url);

export async function readHistory(): Promise<Migration[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".sql")) names.push(name);
  }
  return await Promise.all(
    names.sort().map(async (name) => ({
      name: name.replace(".sql", ""),
      sql: await Deno.readTextFile(new URL(name, folder)),
    })),
  );
}

/** A lock that a writer keeps, and a deadlock with one, are tried again, as a deploy does. */
export async function migrate(session: Session, { name, sql }: Migration): Promise<void> {
  await session.query("set lock_timeout = 5000");
  const [, way] = /^-- (.*)\n/.exec(sql) ?? [];
  if (way === "in batches") {
    while (await changedRows(session, sql) > 0) { /* The next ones. */ }
  } else if (way === "no transaction") {
    for (const statement of sql.split(/;$/m)) await retry(session, statement);
  } else if (way === undefined) {
    await retry(session, `begin; ${sql}; commit`);
  } else {
    throw new Error(`${name} is run in an unknown way: ${way}`);
  }
}

async function changedRows(session: Session, sql: string): Promise<number> {
  const { rowCount } = await retry(session, sql);
  return rowCount ?? 0;
}

async function retry(session: Session, sql: string) {
  while (true) {
    try {
      return await session.query(sql);
    } catch (error) {
      await session.query("rollback");
      const { code = "" } = error as { code?: string };
      if (!["40P01", "55P03"].includes(code)) throw error;
    }
  }
}
