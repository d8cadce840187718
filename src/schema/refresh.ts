/**
 * Materialized views on the target: they hold what a REFRESH made of the target's own rows. One is due when
 * it has been made, when the source refreshed its own, and when a table that it reads was loaded. It
 * comes at the end of a batch, after the rows, and waits for tables that are still being loaded.
 */
import { messageOf, type QualifiedName, quoteName } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  appliedOf,
  loadStoredSchema,
  saveStoredSchema,
  type StoredSchema,
  wantedOf,
} from "./applied.ts";
import { readBareTables } from "./bare_tables.ts";
import type { ObjectOf } from "./object.ts";
import { findCircles } from "./plan/mod.ts";
import { canonicalJson, SnapshotIndex } from "./snapshot.ts";

export interface RefreshReport {
  refreshed: number;
  /** Views that wait for the load of a table. */
  waiting: number;
  refused: { object: string; error: string }[];
}

type View = ObjectOf<"view">;

/**
 * Refreshes what is due, each by itself: a refusal is recorded and reported. In the caller's transaction.
 * @param options.followsSource whether a REFRESH on the source is reason enough. Not in a database with
 *   targets of its own: a REFRESH of ours would look like the user's there, and go round a ring for ever.
 */
export async function refreshViews(
  connection: Connection,
  place: { source: string; target: string },
  options: { followsSource: boolean } = { followsSource: true },
): Promise<RefreshReport> {
  const report: RefreshReport = { refreshed: 0, waiting: 0, refused: [] };
  const stored = await loadStoredSchema(connection, place.source, place.target);
  const index = new SnapshotIndex(wantedOf(stored));
  const due = inOrder(index).filter((view) => isDue(stored, view));
  if (due.length === 0) return report;
  const before = new SnapshotIndex(appliedOf(stored));
  const loading = await readBareTables(connection, place, { before, after: index });
  const after: StoredSchema = new Map(stored);
  for (const view of due) {
    const known = stored.get(view.id)?.applied;
    const isFilled = known?.kind === "view" && known.isPopulated === view.isPopulated &&
      known.contents !== "";
    if (isFilled && !options.followsSource) {
      after.set(view.id, { applied: view, error: null });
      continue;
    }
    const isWaiting = view.isPopulated &&
      [...reachable(index, view.id)].some((id) => loading.has(id));
    if (isWaiting) {
      report.waiting++;
      continue;
    }
    const error = await refresh(connection, view);
    if (error === undefined) {
      report.refreshed++;
      after.set(view.id, { applied: view, error: null });
    } else {
      report.refused.push({ object: `materialized view ${index.nameOf(view)}`, error });
      after.set(view.id, { applied: stored.get(view.id)?.applied ?? null, wanted: view, error });
    }
  }
  await saveStoredSchema(connection, place, { before: stored, after });
  return report;
}

/** A table loses its rows and gets new ones: what reads it is due when they are there. */
export async function forgetContents(
  connection: Connection,
  place: { source: string; target: string },
  table: QualifiedName,
): Promise<void> {
  const stored = await loadStoredSchema(connection, place.source, place.target);
  const index = new SnapshotIndex(wantedOf(stored));
  const root = index.findTable(table);
  if (root === undefined) return;
  const ids = new Set(index.treeOf(root).map(({ id }) => id));
  const after: StoredSchema = new Map(stored);
  for (const view of index.all("view").filter((view) => view.isMaterialized && view.isPopulated)) {
    const known = after.get(view.id);
    if (known?.applied?.kind !== "view") continue;
    if (![...reachable(index, view.id)].some((id) => ids.has(id))) continue;
    after.set(view.id, {
      ...known,
      applied: withoutContents(known.applied),
      wanted: known.wanted ?? view,
    });
  }
  await saveStoredSchema(connection, place, { before: stored, after });
}

/** The view as it is before its first REFRESH. */
export function withoutContents(view: View): View {
  return { ...view, isPopulated: false, contents: "" };
}

/** Only the contents are missing: whatever else is, the next snapshot tries again. */
function isDue(stored: StoredSchema, view: View): boolean {
  const known = stored.get(view.id);
  if (known?.applied?.kind !== "view" || !known.wanted) return false;
  const { applied } = known;
  const isSame = canonicalJson(withoutContents(applied)) === canonicalJson(withoutContents(view));
  return isSame &&
    (applied.contents !== view.contents || applied.isPopulated !== view.isPopulated);
}

/** What a view reads, over views and functions, before itself. */
function inOrder(index: SnapshotIndex): View[] {
  const views = index.all("view").filter((view) => view.isMaterialized).map(({ id }) => id);
  const circles = findCircles(views, (id) => index.byId.get(id)?.dependsOn ?? []);
  return circles.flat().flatMap((id) => index.get("view", id) ?? [])
    .filter((view) => view.isMaterialized);
}

function reachable(index: SnapshotIndex, start: string): Set<string> {
  const found = new Set([start]);
  for (const id of found) {
    for (const needed of index.byId.get(id)?.dependsOn ?? []) found.add(needed);
  }
  return found;
}

/** @returns the server's message where it refuses. */
async function refresh(connection: Connection, view: View): Promise<string | undefined> {
  const end = view.isPopulated ? "" : " with no data";
  try {
    await connection.savepoint(() =>
      connection.run(`refresh materialized view ${quoteName(view)}${end}`)
    );
    return undefined;
  } catch (error) {
    const isRefusal = error instanceof DatabaseError && error.failureClass !== "transient" &&
      error.failureClass !== "unreachable";
    if (!isRefusal) throw error;
    return messageOf(error);
  }
}
