/** The .sql files, as a server of each version before 10 gets them, hold nothing that came later. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { captureFunctions } from "../../src/capture/mod.ts";
import { forVersion } from "../../src/postgres/mod.ts";
import { findNewer } from "./feature.ts";

const source = new URL("../../src/", import.meta.url);
const oldVersions = [90200, 90300, 90400, 90500, 90600];

/** Sent to no server before this. */
const sentSince: Readonly<Record<string, number>> = {
  "capture/queries/fingerprint.sql": 100000,
  "capture/queries/unseen_subscriptions.sql": 100000,
  "schema/catalog/sequences.sql": 100000,
  "schema/catalog/statistics.sql": 100000,
  "schema/plan/make_room.sql": 100000,
};

/**
 * What a function's text holds for newer servers: in a string that it executes or generates only there,
 * or in a branch of plpgsql that is not planned where it is not taken.
 */
const branches: Readonly<Record<string, readonly string[]>> = {
  capture_source: ["current_setting(name, true)", "num_nulls", "pg_sequence_last_value"],
  column_is_named: ["pg_identify_object"],
  create_capture_function: ["set lock_timeout"],
  install_triggers: ["create or replace trigger", "transition tables"],
  is_installing: ["current_setting(name, true)"],
  plan_capture: ["pg_subscription_rel"],
  write_event: ["current_setting(name, true)"],
};

interface Statement {
  path: string;
  text: string;
}

for (const version of oldVersions) {
  Deno.test(`What PostgreSQL ${nameOf(version)} gets has nothing that came later`, async () => {
    const statements = await readStatements();
    ok(statements.length > 30, "the .sql files are found");
    const found = statements
      .filter(({ path }) => version >= (sentSince[path] ?? 0))
      .map(({ path, text }) => ({ path, newer: findNewer(forVersion(text, version), version) }));
    deepStrictEqual(found.filter(({ newer }) => newer.length > 0), []);
  });

  Deno.test(`Functions on PostgreSQL ${nameOf(version)} keep what came later in branches`, () => {
    const found = captureFunctions(version).flatMap((text) => {
      const name = /create or replace function teleport\.(\w+)/.exec(text)?.[1] ?? "";
      const allowed = branches[name] ?? [];
      const newer = findNewer(text, version).filter((feature) => !allowed.includes(feature));
      return newer.length === 0 ? [] : [{ name, newer }];
    });
    deepStrictEqual(found, []);
  });
}

Deno.test("Every branch for newer servers is still there, and is by version", () => {
  const texts = captureFunctions(90200);
  for (const [name, features] of Object.entries(branches)) {
    const text = texts.find((text) => text.includes(`function teleport.${name}(`)) ?? "";
    const found = findNewer(text, 90200);
    deepStrictEqual(features.filter((feature) => !found.includes(feature)), [], name);
    ok(/server_version_num|version >= \d/.test(text), `${name} looks at the version`);
  }
});

/** Those of files that are sent as statements; functions are texts of their own. */
async function readStatements(): Promise<Statement[]> {
  const statements: Statement[] = [];
  const visit = async (folder: string) => {
    for await (const entry of Deno.readDir(new URL(folder, source))) {
      const path = folder + entry.name;
      if (entry.isDirectory && path !== "capture/functions") await visit(`${path}/`);
      else if (path.endsWith(".sql")) {
        statements.push({ path, text: await Deno.readTextFile(new URL(path, source)) });
      }
    }
  };
  await visit("");
  return statements;
}

/** 90200 is "9.2". */
function nameOf(version: number): string {
  return `${Math.floor(version / 10000)}.${Math.floor(version / 100) % 100}`;
}
