/** The event triggers, which need a superuser on most servers. */
import { z } from "zod";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { firstVersionWithEventTriggers } from "./functions/mod.ts";

/** `refused`: the role may not create them, or the server is too old; the catalogs are polled. */
export type EventTriggerState = "installed" | "refused" | "off";

const eventTriggers = [
  { name: "teleport_ddl_command_end", event: "ddl_command_end", calls: "on_ddl_command_end" },
  { name: "teleport_sql_drop", event: "sql_drop", calls: "on_sql_drop" },
  { name: "teleport_table_rewrite", event: "table_rewrite", calls: "on_table_rewrite" },
] as const;

const presentRow = z.object({ name: z.string(), enabled: z.string(), isOwned: z.boolean() });

export interface EventTriggerReport {
  state: EventTriggerState;
  warnings: string[];
}

/** Creates what is missing, enables what is disabled; where not wanted, drops what the role owns. */
export async function installEventTriggers(
  connection: Connection,
  isWanted: boolean,
): Promise<EventTriggerReport> {
  if (connection.version < firstVersionWithEventTriggers) {
    const warnings = isWanted
      ? ["Event triggers need PostgreSQL 9.5: schema changes are found by polling"]
      : [];
    return { state: isWanted ? "refused" : "off", warnings };
  }
  const present = await connection.rows(
    presentRow,
    `select t.evtname::text as name, t.evtenabled::text as enabled,
       pg_catalog.pg_has_role(t.evtowner, 'usage') as "isOwned"
     from pg_catalog.pg_event_trigger t
     join pg_catalog.pg_proc p on p.oid = t.evtfoid
     join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'teleport'`,
  );
  if (!isWanted) {
    for (const trigger of present.filter(({ isOwned }) => isOwned)) {
      await connection.run(`drop event trigger if exists ${trigger.name}`);
    }
    return { state: "off", warnings: [] };
  }
  try {
    for (const trigger of eventTriggers) {
      const found = present.find(({ name }) => name === trigger.name);
      if (found === undefined) {
        await connection.run(
          `create event trigger ${trigger.name} on ${trigger.event} ` +
            `execute procedure teleport.${trigger.calls}()`,
        );
      }
      // Always: DDL that a writer in replica role runs changes tables too.
      if (found?.enabled !== "A") {
        await connection.run(`alter event trigger ${trigger.name} enable always`);
      }
    }
    return { state: "installed", warnings: [] };
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== "42501") throw error;
    return {
      state: "refused",
      warnings: [
        "The role may not create event triggers: schema changes are found by polling the catalogs",
      ],
    };
  }
}
