/**
 * What this source knows of its targets: confirmed positions, and the ledger of positions sent.
 *
 * Whoever adds or rewinds a position takes `share row exclusive` on teleport.target, which the vacuum
 * takes too: else it could free events that the new position has not seen (EXPERIMENTS §1).
 */
import { z } from "zod";
import {
  eventKind,
  originPosition,
  type Position,
  positionSchema,
  TeleportError,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import selectBacklog from "./backlog.sql" with { type: "text" };

const targetRow = z.object({
  position: positionSchema,
  is_exact: z.boolean(),
  peer_epoch: z.string().nullable(),
});

export interface TargetRecord {
  /** Confirmed by the target; `originPosition` until its first batch is. */
  position: Position;
  isExact: boolean;
  peerEpoch: string | null;
}

/** window_head looks at one more event of each slot. */
const mostEvents = 200;

const headColumn = z.tuple(
  [z.coerce.number(), z.coerce.number(), positionSchema, positionSchema],
  z.string(),
)
  .transform(([events, keys, lookFrom, windowFrom, ...kinds]) => ({
    events,
    keys,
    lookFrom,
    windowFrom,
    kinds: kinds.map((text) => {
      const [relation, kind] = text.split(":");
      return { relation: Number(relation), kind: eventKind.parse(kind) };
    }),
  }));

const backlogRow = z.object({
  position: positionSchema,
  isExact: z.boolean(),
  peerEpoch: z.string().nullable(),
  tablesMark: z.string(),
  head: headColumn,
});

/** Which relation has events of which kind. */
export interface EventKinds {
  relation: number;
  kind: string;
}

/** What a target has confirmed, and what lies after it. */
export type Backlog = TargetRecord & {
  hasEvents: boolean;
  /** What the window holds, where it is short: of 200 events at most, with so many keys as may be. */
  short: EventKinds[] | undefined;
  /**
   * The position without those in progress at it that have ended without an event: after both lies the same.
   * Whoever reads a window names and probes few transactions, where the position may have thousands.
   */
  windowFrom: Position;
  /** The same without those in progress still, of which a look sees nothing; a later snapshot may. */
  lookFrom: Position;
  /** The same as long as no table of the target changes its state. */
  tablesMark: string;
};

/** Locks out the vacuum until the end of the transaction. */
export const lockPositions = "lock table teleport.target in share row exclusive mode";

export async function readTarget(
  connection: Connection,
  target: string,
): Promise<TargetRecord | undefined> {
  const [row] = await connection.rows(
    targetRow,
    "select position, is_exact, peer_epoch from teleport.target where name = $1",
    [target],
  );
  return row && { position: row.position, isExact: row.is_exact, peerEpoch: row.peer_epoch };
}

/**
 * One round trip, made to be asked often. Undefined for a target that is not registered.
 * @param mostKeys of a window that may stay whole.
 */
export async function readBacklog(
  connection: Connection,
  target: string,
  mostKeys: number,
): Promise<Backlog | undefined> {
  const [row] = await connection.rows(backlogRow, selectBacklog, [target]);
  if (row === undefined) return undefined;
  const { head: { events, keys, kinds, ...starts }, ...known } = row;
  const isShort = events <= mostEvents && keys <= mostKeys;
  return { ...known, ...starts, hasEvents: events > 0, short: isShort ? kinds : undefined };
}

/**
 * Begins (again) with a target: from now on every event is kept for it until its first batch is
 * confirmed. What was known of its tables is forgotten.
 */
export async function registerTarget(connection: Connection, target: string): Promise<void> {
  await connection.transaction("read committed", async () => {
    await connection.run(lockPositions);
    await connection.run("delete from teleport.target where name = $1", [target]);
    await connection.run("delete from teleport.ledger where target = $1", [target]);
    await connection.run("delete from teleport.chunk where target = $1", [target]);
    await connection.run(
      "insert into teleport.target (name, position, is_exact) values ($1, $2, false)",
      [target, originPosition],
    );
  });
}

/** Forgets targets that the configuration no longer names, so that nothing is kept for them. */
export async function forgetOtherTargets(
  connection: Connection,
  names: readonly string[],
): Promise<string[]> {
  const forgotten = await connection.rows(
    z.object({ name: z.string() }),
    "delete from teleport.target where not name = any($1::text[]) returning name",
    [[...names]],
  );
  return forgotten.map((row) => row.name);
}

/**
 * Records a position before it is sent. The commit flushes every commit that the position has seen, so
 * that no crash of a source with asynchronous commits can leave a target ahead of it.
 */
export async function recordSent(
  connection: Connection,
  sent: { target: string; position: Position; isExact: boolean },
): Promise<void> {
  await connection.run(
    `insert into teleport.ledger (target, position, is_exact, truncations)
     select $1, $2, $3, truncations from teleport.instance`,
    [sent.target, sent.position, sent.isExact],
  );
}

/**
 * Makes every commit that a snapshot of before has seen survive a crash of the source, like `recordSent`,
 * for a position that no target will report as its own.
 */
export async function flushCommits(connection: Connection): Promise<void> {
  // Any row that is written makes the commit flush; an asynchronous commit before it goes along.
  await connection.run("update teleport.instance set last_txid = last_txid");
}

/**
 * Goes on from a position that a target reports, where that may be.
 * @returns whether it may: see `isResumable`.
 */
export async function resumeTarget(
  connection: Connection,
  reported: { target: string; position: Position; isExact: boolean; peerEpoch: string },
): Promise<boolean> {
  return await connection.transaction("read committed", async () => {
    // The position may be an older one: what lies after it must not be freed between look and record.
    await connection.run(lockPositions);
    const record = await readTarget(connection, reported.target);
    if (record === undefined) return false;
    if (!await isResumable(connection, reported.target, reported.position)) return false;
    await confirmPosition(connection, { ...reported, from: record.position });
    // Not to be forgotten in a crash: with the newer one, the vacuum could free what lies between.
    await connection.run("set local synchronous_commit = on");
    return true;
  });
}

/**
 * Whether the source may go on from a position that a target reports: it was sent, and either it is not
 * older than the confirmed one, or nothing that lies after it has been freed and no table has joined the
 * batches or left them since. A target restored from a backup fails here, but for one of just before.
 */
export async function isResumable(
  connection: Connection,
  target: string,
  position: Position,
): Promise<boolean> {
  const rows = await connection.rows(
    z.object({ resumable: z.boolean() }),
    `select (l.truncations = i.truncations and not exists (
           select 1 from teleport.table_state s
           where s.target = t.name and s.position is not null))
       or l.position = t.position
       or l.id > (select pg_catalog.max(c.id) from teleport.ledger c
                  where c.target = t.name and c.position = t.position) as resumable
     from teleport.ledger l
     cross join teleport.instance i
     join teleport.target t on t.name = l.target
     where l.target = $1 and l.position = $2
     order by l.id desc limit 1`,
    [target, position],
  );
  return rows[0]?.resumable === true;
}

/**
 * A table follows the target's position from the confirmed one on: with an older one, the target would lack
 * what it got of the table before. So no older one may be resumed from.
 */
export async function forgetOlderPositions(connection: Connection, target: string): Promise<void> {
  await connection.run(
    `delete from teleport.ledger l
     using teleport.target t
     where t.name = l.target and t.name = $1
       and l.id < (select pg_catalog.max(c.id) from teleport.ledger c
                   where c.target = t.name and c.position = t.position)`,
    [target],
  );
}

/** Keeps the ledger short: what lies well before the confirmed position will never be reported. */
export async function pruneLedger(connection: Connection): Promise<void> {
  await connection.run(
    `delete from teleport.ledger l
     using teleport.target t
     where t.name = l.target
       and l.id < (select pg_catalog.max(c.id) - 100 from teleport.ledger c
                   where c.target = t.name and c.position = t.position)`,
  );
}

/**
 * Stores what the target has acknowledged. The commit is not waited for by itself: a source that crashes
 * and forgets it learns it again in the handshake, and no slot that was freed for it can come back.
 * @param confirmed.from the position that it moves from.
 * @throws TeleportError `restart_window` where the target has another by now: it was registered anew.
 */
export async function confirmPosition(
  connection: Connection,
  confirmed: {
    target: string;
    from: Position;
    position: Position;
    isExact: boolean;
    peerEpoch: string;
  },
): Promise<void> {
  const { target, from, position, isExact, peerEpoch } = confirmed;
  const moved = await connection.run(
    `update teleport.target
     set position = $2, is_exact = $3, peer_epoch = $4, confirmed_at = pg_catalog.now()
     where name = $1 and position = $5
       and pg_catalog.set_config('synchronous_commit', 'off', true) is not null`,
    [target, position, isExact, peerEpoch, from],
  );
  if (moved === 1) return;
  throw new TeleportError("restart_window", `Target ${target} is no longer at position ${from}`);
}
