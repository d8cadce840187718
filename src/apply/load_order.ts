/**
 * Which of two loads is the newer one: a request to begin the older may come late, after the newer has ended,
 * and would empty the table of what that has brought.
 */
import { z } from "zod";
import {
  type Command,
  covers,
  displayName,
  loadNumber,
  positionSchema,
  type QualifiedName,
  Refusal,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { schemaMissing } from "./applied_snapshot.ts";
import knownLoadsSql from "./known_loads.sql" with { type: "text" };
import otherSourcesSql from "./other_sources.sql" with { type: "text" };
import { conflictOf } from "./refusal.ts";
import { loadSuperseded } from "./stored_position.ts";

type LoadRequest = Extract<Command, { kind: "prepareLoad" | "abandonLoad" }>;
type BuildForeignKeys = Extract<Command, { kind: "buildForeignKeys" }>;

/** @returns the number of the oldest load that may begin, locked against every batch. */
export async function lockFirstLoad(
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

/**
 * To be called under the lock on the source's position.
 * @param options.first number that the oldest load has which may begin. @param options.relation oid of the table.
 * @returns "begun" where it has begun before: it comes twice where its source died before the answer, and may
 *   then wait for locks until the load has ended. What it did the first time stands, and so do the chunks since.
 * @throws Refusal `load_superseded` where a newer one is known.
 */
export async function compareLoads(
  connection: Connection,
  { source, target, load, table }: LoadRequest,
  { first, relation }: { first: string; relation: string },
): Promise<"new" | "begun"> {
  const known = await connection.rows(
    z.object({ load: z.string() }),
    knownLoadsSql,
    [source, target, relation, table.schema, table.name, load],
  );
  if (known.some((other) => other.load === load)) return "begun";
  const number = loadNumber(load);
  if (number < BigInt(first)) {
    throw loadSuperseded(
      load,
      "began before its source did, or before tables were renamed or attached",
    );
  }
  if (known.some((other) => number <= loadNumber(other.load))) {
    throw loadSuperseded(load, "comes after a newer one of its table");
  }
  return "new";
}

/**
 * Numbers of different sources say nothing of each other. A source that was heard of only before another loaded
 * the table may be one of the past, restored or replaced since: it empties no table before it has sent a batch.
 * Loads of others that are under way end here. To be called under a lock on the table.
 * @throws Refusal `transient`
 */
export async function endOtherLoads(
  connection: Connection,
  { source, target, table, relation }: {
    source: string;
    target: string;
    table: QualifiedName;
    relation: string;
  },
): Promise<void> {
  const others = await connection.rows(
    z.object({ source: z.string() }),
    otherSourcesSql,
    [source, target, relation],
  );
  const [other] = others;
  if (other !== undefined) {
    throw new Refusal({
      failure: "transient",
      code: "peer_refused",
      table,
      message: `${displayName(table)} was loaded from ${other.source} after the last batch of ` +
        `${source}: the load waits for another batch`,
    });
  }
  await connection.run(
    `delete from teleport.applied_load
     where relation = $3::oid and position is null and mode <> 'respect'
       and (source <> $1 or target <> $2)`,
    [source, target, relation],
  );
}

/**
 * A request for foreign keys may come late, when tables are loaded again: with a key, rows of one table that are
 * of another moment than those of the other are refused.
 * @param names of the tables, quoted, that the request takes to be ready.
 * @throws Refusal `conflict`
 */
export async function assertReady(
  connection: Connection,
  { source, target, position }: BuildForeignKeys,
  names: readonly string[],
): Promise<void> {
  const loads = await connection.rows(
    z.object({ table: z.string(), position: positionSchema.nullable() }),
    `select relation::pg_catalog.regclass::text as "table", position from teleport.applied_load
     where source = $1 and target = $2 and relation = any ($3::text[]::pg_catalog.regclass[])`,
    [source, target, [...names]],
  );
  const unready = loads.find((load) => load.position === null || !covers(position, load.position));
  if (unready === undefined) return;
  throw conflictOf(`${unready.table} was loaded again after ${position}`, undefined);
}
