/** The steps of a load on the target, outside of batches: bare table, indexes, foreign keys. */
import { z } from "zod";
import type { Command, CommandResult, TruncatedTable } from "../model/mod.ts";
import { displayName, quoteName, Refusal } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  buildForeignKeys,
  buildIndexes,
  forgetContents,
  loadAppliedSnapshot,
  makeBare,
  retryRefused,
  type SchemaSnapshot,
} from "../schema/mod.ts";
import { chooseLoadMode } from "./load_mode.ts";
import { readShape } from "./merge.ts";
import { setOrigin } from "./origin.ts";
import { assertCaughtUp, forgetLost } from "./stored_position.ts";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const lockTimeoutMs = 2000;
const featureNotSupported = "0A000";
const done: CommandResult = { waiting: [], refused: [] };

/** Runs one command inside a transaction that the caller opened. Each may be repeated. */
export async function runCommand(connection: Connection, step: Command): Promise<CommandResult> {
  await connection.limitLockWaits(lockTimeoutMs);
  const snapshot = await loadAppliedSnapshot(connection, step.source, step.target);
  if (snapshot === undefined) throw schemaMissing("The target has not been sent a schema yet");
  switch (step.kind) {
    case "prepareLoad":
      return await prepareLoad(connection, snapshot, step);
    case "buildIndexes":
      await assertCaughtUp(connection, step);
      await connection.limitLockWaits(0);
      await buildIndexes(connection, snapshot, step.table);
      await connection.run(`analyze ${quoteName(step.table)}`);
      await connection.run("delete from teleport.applied_chunk where load = $1", [step.load]);
      await connection.run("update teleport.applied_load set is_built = true where load = $1", [
        step.load,
      ]);
      return done;
    case "buildForeignKeys":
      return await completeForeignKeys(connection, snapshot, step);
  }
}

async function prepareLoad(
  connection: Connection,
  snapshot: SchemaSnapshot,
  step: CommandOf<"prepareLoad">,
): Promise<CommandResult> {
  const { source, target, load, origin, table } = step;
  await readShape(connection, table);
  // A batch at work that its source gave up must not write into the table after this.
  await connection.run(
    "select 1 from teleport.applied where source = $1 and target = $2 for update",
    [source, target],
  );
  // It comes twice where its source died before the answer, and may then wait here for locks until the load
  // has ended: what it did the first time stands, and so do the chunks since.
  if (await isPrepared(connection, step)) return done;
  const replaced = await connection.run(
    `delete from teleport.applied_load
     where source = $1 and target = $2 and schema_name = $3 and table_name = $4`,
    [source, target, table.schema, table.name],
  );
  await forgetLost(connection, step);
  const mode = await chooseLoadMode(connection, step);
  // Rows of an earlier load of ours may go; any others only where somebody asked for it.
  if (mode !== "merge" && !step.replaces && replaced === 0) await assertEmpty(connection, table);
  await connection.run(
    `insert into teleport.applied_load (source, target, schema_name, table_name, load, origin, mode)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [source, target, table.schema, table.name, load, origin, mode],
  );
  await forgetContents(connection, step, table);
  if (mode === "merge") {
    // Events are kept from now on for its chunks: the vacuum takes this lock too.
    await connection.run("lock table teleport.target in share row exclusive mode");
    return done;
  }
  await setOrigin(connection, origin);
  await makeBare(connection, snapshot, table, { keepsKeys: mode === "replace" });
  await empty(connection, table);
  await completeSchema(connection, step);
  return done;
}

/** A column's new type that the old rows could not be cast to can be had now. */
async function completeSchema(
  connection: Connection,
  { source, target }: CommandOf<"prepareLoad">,
): Promise<void> {
  const refused = await connection.rows(
    z.object({ object: z.string() }),
    `select object from teleport.applied_schema
     where source = $1 and target = $2 and error is not null limit 1`,
    [source, target],
  );
  if (refused.length > 0) await retryRefused(connection, { source, target });
}

async function isPrepared(
  connection: Connection,
  { source, target, load }: CommandOf<"prepareLoad">,
): Promise<boolean> {
  const { isThere } = await connection.row(
    z.object({ isThere: z.boolean() }),
    `select exists (
       select 1 from teleport.applied_load where source = $1 and target = $2 and load = $3
     ) as "isThere"`,
    [source, target, load],
  );
  return isThere;
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

async function completeForeignKeys(
  connection: Connection,
  snapshot: SchemaSnapshot,
  step: CommandOf<"buildForeignKeys">,
): Promise<CommandResult> {
  const ready = new Set(step.ready.map((table) => quoteName(table)));
  const report = await buildForeignKeys(
    connection,
    snapshot,
    (table) => ready.has(quoteName(table)),
  );
  return { waiting: report.waiting, refused: report.refused };
}

function schemaMissing(message: string): Refusal {
  return new Refusal({ failure: "schema", code: "schema_mismatch", message });
}
