/** A lane of native logical replication: a publication and a subscription with default options. */
import { quoteLiteral } from "../../src/model/mod.ts";
import { type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import {
  caughtUp,
  dropDatabases,
  type Lane,
  type LaneOptions,
  openDatabases,
  type Running,
  settle,
  superuserUrl,
} from "./lane.ts";
import tablesSql from "./sql/tables.sql" with { type: "text" };

/** One at a time is running: walsenders read the WAL of every database. */
const subscription = "bench";

export class NativeLane implements Lane {
  readonly pair: Pair;
  /** Unique on the source's server. */
  readonly #slot: string;

  constructor(pair: Pair) {
    this.pair = pair;
    this.#slot = pair.source.name;
  }

  /** Makes publication and subscription, which copies what is there. */
  async create(tables: string): Promise<void> {
    const { server, name } = this.pair.source;
    const { name: user, password } = server.superuser;
    const words = { host: server.host, port: server.port, dbname: name, user, password };
    const conninfo = Object.entries(words).map(([key, value]) => `${key}=${value}`).join(" ");
    await runSql(superuserUrl(this.pair, "target"), tables);
    await runSql(
      superuserUrl(this.pair, "source"),
      "create publication bench for all tables",
    );
    await runSql(
      superuserUrl(this.pair, "target"),
      `create subscription ${subscription} connection ${quoteLiteral(conninfo)}
       publication bench with (slot_name = ${quoteLiteral(this.#slot)})`,
    );
    await waitFor(async () => {
      const sql = `select bool_and(srsubstate in ('r', 's')) as ready
        from pg_subscription_rel r join pg_subscription s on s.oid = r.srsubid
        where s.subdbid = (select oid from pg_database where datname = current_database())`;
      return (await runSql(superuserUrl(this.pair, "target"), sql))[0]?.["ready"] === true;
    }, { what: "the subscription to have copied its tables", deadlineMs: 120_000 });
  }

  async start(): Promise<Running> {
    const readyAt = Date.now();
    await this.#alter("enable");
    return { readyAt, startMs: 0, cpuSeconds: () => ({}), stop: () => this.stop() };
  }

  /** Disables the subscription; its slot keeps what comes. */
  async stop(): Promise<void> {
    await this.#alter("disable");
    await waitFor(async () => {
      const sql = `select active from pg_replication_slots where slot_name = $1`;
      const rows = await runSql(superuserUrl(this.pair, "source"), sql, [this.#slot]);
      return rows[0]?.["active"] === false;
    }, { what: "the subscription to have stopped" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#alter("disable");
    await runSql(superuserUrl(this.pair, "target"), `drop subscription ${subscription}`);
    await dropDatabases(this.pair);
  }

  async #alter(verb: "enable" | "disable"): Promise<void> {
    await runSql(
      superuserUrl(this.pair, "target"),
      `alter subscription ${subscription} ${verb}`,
    );
  }
}

/** Opened, copied and at rest. */
export async function openNativeLane(options: LaneOptions): Promise<NativeLane> {
  const lane = new NativeLane(await openDatabases(options));
  await lane.create(tablesSql);
  await caughtUp(lane.pair);
  await lane.stop();
  await settle(lane.pair);
  return lane;
}
