/** The shop's database: made by its own role at the source, then opened to teleport's. */
import { connect, runSql } from "../postgres/mod.ts";
import dataSql from "./shop/data.sql" with { type: "text" };
import grantsSql from "./shop/grants_source.sql" with { type: "text" };
import orderKeysSql from "./shop/order_keys.sql" with { type: "text" };
import ordersSql from "./shop/orders.sql" with { type: "text" };
import ordersBefore12Sql from "./shop/orders_before_12.sql" with { type: "text" };
import sizeSql from "./shop/size.sql" with { type: "text" };
import tablesSql from "./shop/tables.sql" with { type: "text" };
import typesSql from "./shop/types.sql" with { type: "text" };
import type { Stage } from "./stage.ts";

export interface ShopSize {
  tables: number;
  rows: number;
  /** As people write it: `45 MB`. */
  size: string;
}

/** Since when a partitioned table may have all that orders.sql gives it. */
const fullPartitioningSince = 12;

/** Whether both servers know what orders.sql says; else the shop is built as 10 has it. */
export function hasFullPartitioning({ source, target }: Stage): boolean {
  const oldest = Math.min(source.database.server.major, target.database.server.major);
  return oldest >= fullPartitioningSince;
}

/** @throws what `signal` was aborted with. */
export async function buildShop(stage: Stage, signal: AbortSignal): Promise<ShopSize> {
  const { database } = stage.source;
  const isFull = hasFullPartitioning(stage);
  const scripts = isFull
    ? [typesSql, tablesSql, ordersSql, dataSql, orderKeysSql, grantsSql, "analyze"]
    : [typesSql, tablesSql, ordersBefore12Sql, dataSql, grantsSql, "analyze"];
  await using session = await connect(database.urlAs(stage.shop));
  for (const script of scripts) {
    signal.throwIfAborted();
    await session.query(script);
  }
  signal.throwIfAborted();
  const [size] = await runSql<ShopSize>(database.url, sizeSql);
  if (size === undefined) throw new Error("The shop did not say its size");
  return size;
}
