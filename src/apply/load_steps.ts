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
import type { Connection } from "../postgres/mod.ts";
import {
  dropForeignKeys,
  findTables,
  forgetContents,
  hasRefusedColumn,
  makeBare,
  MisnamedTables,
  type SchemaPolicy,
} from "../schema/mod.ts";
import { abandonLoad } from "./abandon_load.ts";
import { readAppliedSnapshot } from "./applied_snapshot.ts";
import { emptyTable } from "./empty_table.ts";
import { chooseLoadMode, type LoadMode } from "./load_mode.ts";
import { compareLoads, endOtherLoads, lockFirstLoad } from "./load_order.ts";
import { readShape } from "./merge.ts";
import { createShadow, dropStrayShadows } from "./shadow.ts";
import { setOrigin } from "./origin.ts";
import { assertOwnName } from "./own_name.ts";
import { conflictOf } from "./refusal.ts";
import { retrySchema } from "./schema_retry.ts";
import { forgetLost } from "./stored_position.ts";

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const lockTimeoutMs = 2000;
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
    case "abandonLoad":
      await abandonLoad(connection, step);
      return done;
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
  const shape = await readShape(connection, table);
  const { oid: relation } = shape;
  if (await compareLoads(connection, step, { first, relation }) === "begun") return done;
  assertOwnName(await MisnamedTables.read(connection, step), table);
  const mode = await replaceLoad(connection, step, relation);
  await forgetLost(connection, step);
  if (mode === "respect") {
    // Events are kept from now on for its chunks: the vacuum takes this lock too.
    await connection.run("lock table teleport.target in share row exclusive mode");
    await forgetContents(connection, step, table);
    return done;
  }
  // Beside a shadow the table is read and written as ever.
  const lockMode = mode === "shadow" ? "share update exclusive" : "access exclusive";
  await connection.run(`lock table only ${quoteName(table)} in ${lockMode} mode`);
  await endOtherLoads(connection, { source, target, table, relation });
  await dropStrayShadows(connection);
  if (mode === "shadow") {
    const shadow = await createShadow(connection, step, shape);
    await connection.run("update teleport.applied_load set shadow = $2 where load = $1", [
      load,
      shadow,
    ]);
    return done;
  }
  await setOrigin(connection, origin);
  const snapshot = await readAppliedSnapshot(connection, step);
  await makeBare(connection, snapshot, table, { keepsKeys: mode === "keyed" });
  await emptyTable(connection, table);
  // A column's new type that the old rows could not be cast to can be had now; indexes come with the load's end.
  await retrySchema(connection, step, { policy, withBuilds: true });
  await forgetContents(connection, step, table);
  return done;
}

/** Puts the load in the place of the table's last. @throws Refusal `target_has_rows` */
async function replaceLoad(
  connection: Connection,
  step: CommandOf<"prepareLoad">,
  relation: string,
): Promise<LoadMode> {
  const { source, target, load, origin, table, existing } = step;
  const replaced = await connection.rows(
    z.object({ wasLeftBare: z.boolean(), isOurs: z.boolean() }),
    `delete from teleport.applied_load
     where source = $1 and target = $2
       and (relation = $3::oid or (schema_name = $4 and table_name = $5))
     returning mode = 'bare' and not is_built as "wasLeftBare",
       mode in ('bare', 'keyed') or (mode = 'shadow' and is_merged) as "isOurs"`,
    [source, target, relation, table.schema, table.name],
  );
  let mode = await chooseLoadMode(connection, step);
  if (mode !== "respect" && existing !== "replace" && await hasRows(connection, table)) {
    // Rows of an earlier load of ours may go; any others only where somebody asked for it.
    if (existing === "refuse" && !replaced.some((last) => last.isOurs)) throw hasOthersRows(table);
    // What a load that was given up has left without keys is worth nothing to anybody. Rows may be what
    // keeps a column from its new type, which those to come have.
    const cannotStay = replaced.some((last) => last.wasLeftBare) ||
      await hasRefusedColumn(connection, step);
    if (existing === "merge" && !cannotStay) mode = "shadow";
  }
  await connection.run(
    `insert into teleport.applied_load
       (source, target, schema_name, table_name, relation, load, origin, mode)
     values ($1, $2, $3, $4, $5::oid, $6, $7, $8)`,
    [source, target, table.schema, table.name, relation, load, origin, mode],
  );
  return mode;
}

async function hasRows(connection: Connection, table: TruncatedTable): Promise<boolean> {
  const only = table.isOnly ? "only " : "";
  const { hasRows } = await connection.row(
    z.object({ hasRows: z.boolean() }),
    `select exists (select 1 from ${only}${quoteName(table)}) as "hasRows"`,
  );
  return hasRows;
}

function hasOthersRows(table: QualifiedName): Refusal {
  return new Refusal({
    failure: "data",
    code: "target_has_rows",
    table,
    message: `${displayName(table)} holds rows on the target that this source did not bring`,
    hint:
      "Run -mode initial-load with load.existing merge or replace, to have the source's instead; " +
      "or empty the table.",
  });
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
    if (mode !== "respect") tables.push(table);
  }
  await dropForeignKeys(connection, snapshot, tables);
  return done;
}
