/** Tables that are too big on the target for a new index to be built in a batch: writers would wait as long. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import { defaultConcurrentFromBytes, type SchemaPolicy } from "./policy.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import type { TargetCatalog } from "./target_catalog.ts";

/**
 * Ids of those that get a new index. Not partitioned ones, which PostgreSQL does not build CONCURRENTLY, nor views. None
 * where the schema comes back to its source, directly or around a ring: there it would look as if the index had
 * been dropped here, and the drop would take one of that name.
 */
export async function readLargeTables(
  connection: Connection,
  place: { source: string; target: string },
  { before, after, catalog, policy }: {
    before: SnapshotIndex;
    after: SnapshotIndex;
    catalog: TargetCatalog;
    policy: SchemaPolicy;
  },
): Promise<ReadonlySet<string>> {
  const news = after.all("index").filter((index) => !before.byId.has(index.id));
  const byOid = new Map(news.flatMap((index) => {
    const table = before.get("table", index.table) ?? after.get("table", index.table);
    const there = table && catalog.table(table);
    return there === undefined ? [] : [[there.row.oid, index.table] as const];
  }));
  if (byOid.size === 0) return new Set();
  const rows = await connection.rows(
    z.object({ oid: z.string() }),
    `select c.oid::text as oid
     from pg_catalog.pg_class c
     where c.oid = any ($1::oid[])
       and c.relkind = 'r'
       and pg_catalog.pg_relation_size(c.oid) >= $2::bigint
       and not exists (select 1 from teleport.target t where t.peer_epoch = $3)
       and not exists (
         select 1 from teleport.applied a
         join teleport.instance i on i.epoch = any (a.upstreams)
         where a.source = $3 and a.target = $4
       )`,
    [
      [...byOid.keys()],
      policy.concurrentFromBytes ?? defaultConcurrentFromBytes,
      ...[place.source, place.target],
    ],
  );
  return new Set(rows.flatMap(({ oid }) => byOid.get(oid) ?? []));
}
