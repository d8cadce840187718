/**
 * Databases and roles with names of their own, so that tests share a server without meeting. Dropped
 * with the server, or at its dispose where the server is not ours.
 */

import { quoteIdentifier, quoteLiteral } from "../../src/model/mod.ts";
import type { PostgresServer, Role } from "./server.ts";
import { connect, runSql } from "./session.ts";

/** A database on a test server. */
export interface TestDatabase {
  readonly server: PostgresServer;
  readonly name: string;
  /** As the owner where one was given, else as the superuser. */
  readonly url: string;
  /** As another role. */
  urlAs(role: Role): string;
}

export interface DatabaseOptions {
  /** Default: unique. */
  name?: string;
  /** Default: the superuser. */
  owner?: Role;
  /** Such as LATIN1; default: the server's. */
  encoding?: string;
}

export interface RoleOptions {
  /** Default: unique. */
  name?: string;
  password?: string;
  /** More of CREATE ROLE, such as `createrole` or `connection limit 5`. Default: login, nothing else. */
  attributes?: string;
}

/** A role that may log in and, unless `attributes` say more, owns and may do nothing. */
export async function createRole(
  server: PostgresServer,
  options: RoleOptions = {},
): Promise<Role> {
  const role = {
    name: options.name ?? uniqueName("role"),
    password: options.password ?? uniqueName("password"),
  };
  const attributes = `login password ${quoteLiteral(role.password)} ${options.attributes ?? ""}`;
  const name = quoteIdentifier(role.name);
  await runSql(server.url("postgres"), `create role ${name} ${attributes}`);
  server.whenLeaving(async () => {
    await runSql(server.url("postgres"), `drop owned by ${name}; drop role ${name}`);
  });
  return role;
}

/** An empty database. Create its roles first: they are dropped last. */
export async function createDatabase(
  server: PostgresServer,
  options: DatabaseOptions = {},
): Promise<TestDatabase> {
  const name = options.name ?? uniqueName("database");
  const owner = options.owner ?? server.superuser;
  const encoding = options.encoding === undefined
    ? ""
    : ` encoding ${quoteLiteral(options.encoding)} template template0 lc_collate 'C' lc_ctype 'C'`;
  await runSql(
    server.url("postgres"),
    `create database ${quoteIdentifier(name)} owner ${quoteIdentifier(owner.name)}${encoding}`,
  );
  server.whenLeaving(() => dropDatabase(server, name));
  return {
    server,
    name,
    get url() {
      return server.url(name, owner);
    },
    urlAs: (role) => server.url(name, role),
  };
}

/** Drops a database with whoever is connected to it (DROP ... FORCE is 13 and later). */
export async function dropDatabase(server: PostgresServer, name: string): Promise<void> {
  await using session = await connect(server.url("postgres"));
  const quoted = quoteIdentifier(name);
  // ALTER DATABASE can do it from 9.5 on.
  await session.query("update pg_database set datallowconn = false where datname = $1", [name]);
  await session.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
    [name],
  );
  // A terminated backend takes a moment to go, for which DROP DATABASE waits up to five seconds.
  await session.query(`drop database ${quoted}`);
}

function uniqueName(kind: string): string {
  return `teleport_${kind}_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}
