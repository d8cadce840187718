/**
 * A load that somebody cancelled, given up on the target: what it brought goes, and the table gets its keys and
 * indexes back, so that rows can be applied to it. What is still on its way of the load is refused from then on.
 */
import { z } from "zod";
import { type Command, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { buildIndexes, dropForeignKeys, forgetContents, MisnamedTables } from "../schema/mod.ts";
import { chooseLoadMode, type LoadMode, loadMode } from "./load_mode.ts";
import { readAppliedSnapshot } from "./applied_snapshot.ts";
import { emptyTable } from "./empty_table.ts";
import { compareLoads, lockFirstLoad } from "./load_order.ts";
import { readShape } from "./merge.ts";
import { setOrigin } from "./origin.ts";
import { assertOwnName } from "./own_name.ts";
import { dropStrayShadows } from "./shadow.ts";
import { forgetLost } from "./stored_position.ts";

export type AbandonLoad = Extract<Command, { kind: "abandonLoad" }>;

/**
 * Runs inside a transaction that the caller opened, and may be repeated. A load that has ended keeps what it
 * brought; so does one that only adds what is missing, of which nobody can tell what was there before. Beside a shadow
 * the table has what it had.
 */
export async function abandonLoad(connection: Connection, step: AbandonLoad): Promise<void> {
  const { table } = step;
  // A batch at work that its source gave up must not write into the table after this.
  const first = await lockFirstLoad(connection, step);
  assertOwnName(await MisnamedTables.read(connection, step), table);
  const { oid: relation } = await readShape(connection, table);
  if (await compareLoads(connection, step, { first, relation }) === "begun") return;
  await forgetLost(connection, step);
  const { mode, isBuilt } = await endLoad(connection, step, relation);
  await dropStrayShadows(connection);
  if (await chooseLoadMode(connection, step) === "respect") return;
  const snapshot = await readAppliedSnapshot(connection, step);
  // What refers to the table goes on, and the table may lack rows for long.
  await dropForeignKeys(connection, snapshot, [table]);
  if (isBuilt || mode === "shadow") return;
  await connection.run(`lock table only ${quoteName(table)} in access exclusive mode`);
  await setOrigin(connection, step.origin);
  await emptyTable(connection, table);
  await buildIndexes(connection, snapshot, table);
  await forgetContents(connection, step, table);
}

/** Puts this in the place of the table's load, whose late requests find a newer one. @returns what the load was. */
async function endLoad(
  connection: Connection,
  { source, target, load, table }: AbandonLoad,
  relation: string,
): Promise<{ mode: LoadMode; isBuilt: boolean }> {
  const known = await connection.rows(
    z.object({ mode: loadMode, isBuilt: z.boolean(), begunAt: z.string() }),
    `delete from teleport.applied_load
     where source = $1 and target = $2
       and (relation = $3::oid or (schema_name = $4 and table_name = $5))
     returning mode, is_built as "isBuilt", begun_at::text as "begunAt"`,
    [source, target, relation, table.schema, table.name],
  );
  // Where none had begun here the record must say nothing of the table's rows.
  const last = known.find(({ isBuilt }) => !isBuilt) ?? known[0];
  await connection.run(
    `insert into teleport.applied_load
       (source, target, schema_name, table_name, relation, load, mode, is_built, begun_at, position)
     select $1, $2, $3, $4, $5::oid, $6, $7, true, coalesce($8::timestamptz, pg_catalog.now()), a.position
     from teleport.applied a where a.source = $1 and a.target = $2`,
    [
      ...[source, target, table.schema, table.name, relation, load],
      last?.mode ?? "respect",
      last?.begunAt ?? null,
    ],
  );
  return { mode: last?.mode ?? "respect", isBuilt: last?.isBuilt ?? true };
}
