/**
 * Equality of two databases, judged by the servers: for each table the number of rows and an md5 of all
 * of their values and of the partition that each row is in, in byte order.
 */
import { quoteIdentifier } from "../../src/model/mod.ts";
import { connect, type Session } from "../postgres/mod.ts";
import settingsSql from "./checksum/settings.sql" with { type: "text" };
import tablesSql from "./checksum/tables.sql" with { type: "text" };

export interface Checksum {
  rows: number;
  md5: string;
}

export interface TableComparison {
  name: string;
  /** Undefined where that side has no such table. */
  source: Checksum | undefined;
  target: Checksum | undefined;
  isSame: boolean;
}

/** A schema of a database, read as its superuser. */
export interface ChecksumPlace {
  url: string;
  schema: string;
}

/** Compares all tables that either side has. */
export async function compareTables(
  source: ChecksumPlace,
  target: ChecksumPlace,
): Promise<TableComparison[]> {
  const [here, there] = await Promise.all([readChecksums(source), readChecksums(target)]);
  const names = [...new Set([...here.keys(), ...there.keys()])].sort();
  return names.map((name) => {
    const [left, right] = [here.get(name), there.get(name)];
    const isSame = left !== undefined && left.md5 === right?.md5 && left.rows === right.rows;
    return { name, source: left, target: right, isSame };
  });
}

async function readChecksums({ url, schema }: ChecksumPlace): Promise<Map<string, Checksum>> {
  await using session = await connect(url);
  await session.query(settingsSql);
  await session.query("begin isolation level repeatable read read only");
  const { rows: tables } = await session.query<{ name: string }>(tablesSql, [schema]);
  const checksums = new Map<string, Checksum>();
  for (const { name } of tables) checksums.set(name, await readChecksum(session, schema, name));
  await session.query("commit");
  return checksums;
}

async function readChecksum(session: Session, schema: string, name: string): Promise<Checksum> {
  const table = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
  const { rows: [checksum] } = await session.query<Checksum>(
    `select count(*)::integer as rows, md5(coalesce(string_agg(line, '' order by line), '')) as md5
     from (select md5(c.relname || t::text) collate "C" as line
           from ${table} t join pg_class c on c.oid = t.tableoid) l`,
  );
  if (checksum === undefined) throw new Error(`There is no checksum of ${table}`);
  return checksum;
}
