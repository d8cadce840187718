/** The instance's own sessions have none of the settings of their role and database. */
import { deepStrictEqual } from "node:assert/strict";
import { z } from "zod";
import { Connection } from "../../src/postgres/mod.ts";
import pinSession from "../../src/postgres/session.sql" with { type: "text" };
import {
  createDatabase,
  createRole,
  databaseConfig,
  findLocales,
  startServer,
} from "../postgres/mod.ts";
import { makeHostile } from "./hostile.ts";
import { majors } from "./majors.ts";

const pinned = [...pinSession.matchAll(/^ +\('(\w+)', '([^']*)'\)/gm)]
  .map(([, name = "", value = ""]) => ({ name, value }));

for (const major of majors) {
  Deno.test(`a session has the pinned settings and no others (PostgreSQL ${major})`, async () => {
    await using server = await startServer({ major, ...await findLocales() });
    const role = await createRole(server);
    const database = await createDatabase(server, { owner: role });
    await makeHostile(database, { side: "source", teleport: role.name });
    await using connection = await Connection.open(
      databaseConfig(server, database.name, role),
      "test",
    );
    const settings = await connection.rows(
      z.object({ name: z.string(), pinned: z.string(), actual: z.string() }),
      `select x.name, x.value as pinned, pg_catalog.current_setting(x.name) as actual
       from unnest($1::text[], $2::text[]) x (name, value)
       where exists (select 1 from pg_catalog.pg_settings s where s.name ilike x.name)`,
      [pinned.map(({ name }) => name), pinned.map(({ value }) => value)],
    );
    deepStrictEqual(settings.filter(({ pinned, actual }) => pinned !== actual), []);
    deepStrictEqual(settings.length > pinned.length - 5, true, `${settings.length} settings`);
  });
}
