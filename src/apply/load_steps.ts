/** The steps of a load on the target, outside of batches: the beginning. */
import { z } from "zod";
import type { Command, CommandResult, TruncatedTable } from "../model/mod.ts";
import {
  displayName,
  positionSchema,
  type QualifiedName,
  quoteName,
  Refusal,
} from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  dropForeignKeys,
  findTables,
  forgetContents,
  makeBare,
  MisnamedTables,
  type SchemaPolicy,
} from "../schema/mod.ts";
import { readAppliedSnapshot, schemaMissing } from "./applied_snapshot.ts";
import { chooseLoadMode } from "./load_mode.ts";
import { compareLoads, endOtherLoads } from "./load_order.ts";
import { readShape } from "./merge.ts";
import { setOrigin } from "./origin.ts";
import { assertOwnName } from "./own_name.ts";
import { conflictOf } from "./refusal.ts";
import { retrySchema } from "./schema_retry.ts";
import { forgetLost } from "./stored_position.ts";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const lockTimeoutMs = 2000;
const featureNotSupported = "0A000";
const done: CommandResult = { waiting: [], refused: [] };

/** Runs one command inside a transaction that the caller opened. Each may be repeated. See LoadEnds and ForeignKeySteps for those that are left out. */
export async function runCommand(
  connection: Connection,
  step: Exclude<Command, { kind: "buildIndexes" | "buildForeignKeys" }>,
  policy: SchemaPolicy,
): Promise<CommandResult> {
  await connection.limitLockWaits(lockTimeoutMs);
  switch (step.kind) {
    case "prepareLoad":
      return await prepareLoad(connection, step, policy);
    case "dropForeignKeys":
      return await releaseTables(connection, step);
  }
}

async function prepareLoad(
  connection: Connection,
  step: CommandOf<"prepareLoad">,
  policy: SchemaPolicy,
): Promise<CommandResult> {
  const { source, target, load, origin, table } = step;
  // A batch at work that its source gave up must not write into the table after this.
  const first = await lockFirstLoad(connection, step);
  const { oid: relation } = await readShape(connection, table);
  if (await compareLoads(connection, step, { first, relation }) === "begun") return done;
  assertOwnName(await MisnamedTables.read(connection, step), table);
  const replaced = await connection.run(
    `delete from teleport.applied_load
     where source = $1 and target = $2
       and (relation = $3::oid or (schema_name = $4 and table_name = $5))`,
    [source, target, relation, table.schema, table.name],
  );
  await forgetLost(connection, step);
  const mode = await chooseLoadMode(connection, step);
  // Rows of an earlier load of ours may go; any others only where somebody asked for it.
  if (mode !== "merge" && !step.replaces && replaced === 0) await assertEmpty(connection, table);
  await connection.run(
    `insert into teleport.applied_load
       (source, target, schema_name, table_name, relation, load, origin, mode)
     values ($1, $2, $3, $4, $5::oid, $6, $7, $8)`,
    [source, target, table.schema, table.name, relation, load, origin, mode],
  );
  if (mode === "merge") {
    // Events are kept from now on for its chunks: the vacuum takes this lock too.
    await connection.run("lock table teleport.target in share row exclusive mode");
    await forgetContents(connection, step, table);
    return done;
  }
  await connection.run(`lock table only ${quoteName(table)} in access exclusive mode`);
  await endOtherLoads(connection, { source, target, table, relation });
  await setOrigin(connection, origin);
  const snapshot = await readAppliedSnapshot(connection, step);
  await makeBare(connection, snapshot, table, { keepsKeys: mode === "replace" });
  await empty(connection, table);
  // A column's new type that the old rows could not be cast to can be had now; indexes come with the load's end.
  await retrySchema(connection, step, { policy, withBuilds: true });
  await forgetContents(connection, step, table);
  return done;
}

/** @returns the number of the oldest load that may begin, locked against every batch. */
async function lockFirstLoad(
  connection: Connection,
  { source, target }: { source: string; target: string },
): Promise<string> {
  const [applied] = await connection.rows(
    z.object({ first: z.string() }),
    `select first_load::text as first from teleport.applied
     where source = $1 and target = $2 for update`,
    [source, target],
  );
  if (applied === undefined) throw schemaMissing("The target has not been sent a batch yet");
  return applied.first;
}

async function assertEmpty(connection: Connection, table: TruncatedTable): Promise<void> {
  const only = table.isOnly ? "only " : "";
  const { hasRows } = await connection.row(
    z.object({ hasRows: z.boolean() }),
    `select exists (select 1 from ${only}${quoteName(table)}) as "hasRows"`,
  );
  if (!hasRows) return;
  throw new Refusal({
    failure: "data",
    code: "target_has_rows",
    table,
    message: `${displayName(table)} holds rows on the target that this source did not bring`,
    hint: "Run -mode initial-load to replace them with the source's.",
  });
}

/** Only the source's rows may be there at the end: what the table holds goes first. */
async function empty(connection: Connection, table: TruncatedTable): Promise<void> {
  const name = `${table.isOnly ? "only " : ""}${quoteName(table)}`;
  try {
    await connection.run(`truncate ${name}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== featureNotSupported) throw error;
    throw new Refusal({
      failure: "data",
      code: "table_refused",
      table,
      message: `${displayName(table)} cannot be emptied for its load: ${error.message}`,
      hint: "Drop the foreign key that references it on the target; teleport does not manage it.",
    }, error);
  }
}

/**
 * Tables that wait for their loads let the others go on without them. Late, the request does nothing: the keys may
 * be there again.
 */
async function releaseTables(
  connection: Connection,
  step: CommandOf<"dropForeignKeys">,
): Promise<CommandResult> {
  const { source, target, position, origin } = step;
  const held = await connection.rows(
    z.object({ position: positionSchema }),
    `select position from teleport.applied where source = $1 and target = $2 for update`,
    [source, target],
  );
  if (held[0]?.position !== position) {
    throw conflictOf(`The target is no longer at position ${position}`, undefined);
  }
  const snapshot = await readAppliedSnapshot(connection, step);
  const tables: QualifiedName[] = [];
  for (const table of findTables(snapshot, step.tables)) {
    const mode = await chooseLoadMode(connection, { table, source, origin });
    if (mode !== "merge") tables.push(table);
  }
  await dropForeignKeys(connection, snapshot, tables);
  return done;
}
