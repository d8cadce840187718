/**
 * Brings the schema teleport to the version that this program works with: tables by numbered
 * migrations, functions by replacing all of them whenever their texts or the server's version differ.
 *
 * One transaction, serialised between instances by an advisory lock. Never goes back: state that a
 * newer teleport wrote is refused.
 */
import { z } from "zod";
import { captureFunctions } from "../capture/mod.ts";
import { TeleportError } from "../model/mod.ts";
import { type Connection, forVersion } from "../postgres/mod.ts";
import { migrationLock } from "./advisory_lock.ts";
import { readIdentity } from "./identity.ts";
import windowHead from "./functions/window_head.sql" with { type: "text" };
import state from "./migrations/0001_state.sql" with { type: "text" };

interface Migration {
  version: number;
  name: string;
  statements: string;
}

const migrations: readonly Migration[] = [{ version: 1, name: "state", statements: state }];

const newestVersion = Math.max(...migrations.map((migration) => migration.version));

/**
 * Installs or upgrades teleport's state. Idle when there is nothing to do.
 * @throws TeleportError `state_version` where the schema is newer than this program or not teleport's.
 */
export async function migrate(connection: Connection): Promise<void> {
  const functions = [
    ...captureFunctions(connection.version),
    forVersion(windowHead, connection.version),
  ];
  const digest = await digestOf([String(connection.version), ...functions]);
  if (await isCurrent(connection, digest)) return;
  await connection.transaction("read committed", async () => {
    await connection.run(`select pg_catalog.pg_advisory_xact_lock(${migrationLock})`);
    const version = await readVersion(connection);
    if (version === undefined) await createSchema(connection);
    for (const migration of migrations) {
      if (migration.version > (version ?? 0)) await runMigration(connection, migration);
    }
    for (const text of functions) await connection.run(text);
    await connection.run("revoke all on all functions in schema teleport from public");
    await connection.run("update teleport.instance set functions = $1", [digest]);
  });
}

async function isCurrent(connection: Connection, digest: string): Promise<boolean> {
  const version = await readVersion(connection);
  if (version !== newestVersion) return false;
  const [instance] = await connection.rows(
    z.object({ functions: z.string() }),
    "select functions from teleport.instance",
  );
  return instance?.functions === digest;
}

/** Undefined: never installed. */
async function readVersion(connection: Connection): Promise<number | undefined> {
  const tables = await connection.rows(
    z.object({ name: z.string() }),
    `select c.relname::text as name
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'teleport' and c.relkind in ('r', 'v')`,
  );
  if (tables.length === 0) return undefined;
  if (!tables.some((table) => table.name === "migration")) {
    throw new TeleportError(
      "state_version",
      `${connection.server}: the schema teleport belongs to something else`,
      {
        hint: "Rename or drop that schema; teleport keeps its own state under this name.",
        context: { relations: tables.length },
      },
    );
  }
  const { version } = await connection.row(
    z.object({ version: z.number() }),
    "select coalesce(pg_catalog.max(version), 0) as version from teleport.migration",
  );
  if (version <= newestVersion) return version;
  throw new TeleportError(
    "state_version",
    `${connection.server}: the schema teleport has version ${version}, this program knows up to ` +
      `${newestVersion}`,
    { hint: "Run the newer teleport that upgraded it, or restore the schema from before." },
  );
}

async function createSchema(connection: Connection): Promise<void> {
  // IF NOT EXISTS (9.3) would ask for CREATE on the database even where the schema is there.
  const { exists } = await connection.row(
    z.object({ exists: z.boolean() }),
    `select exists (select 1 from pg_catalog.pg_namespace where nspname = 'teleport') as exists`,
  );
  if (!exists) await connection.run("create schema teleport");
  await connection.run(
    `create table teleport.migration (
       version integer primary key,
       name text not null,
       applied_at timestamptz not null default now()
     )`,
  );
}

async function runMigration(connection: Connection, migration: Migration): Promise<void> {
  await connection.run(migration.statements);
  await connection.run("insert into teleport.migration (version, name) values ($1, $2)", [
    migration.version,
    migration.name,
  ]);
  if (migration.version === 1) await createInstance(connection);
}

async function createInstance(connection: Connection): Promise<void> {
  const identity = await readIdentity(connection);
  await connection.run(
    `insert into teleport.instance (epoch, system_identifier, database_oid, last_txid)
     values ($1, $2, $3::oid, $4::bigint)`,
    [crypto.randomUUID(), identity.systemIdentifier, identity.databaseOid, identity.nextTxid],
  );
}

async function digestOf(texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(texts.join("\0"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
