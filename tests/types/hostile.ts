/**
 * Settings that change what values look like, for roles, databases and sessions. None of them may change
 * what arrives.
 */
import { quoteIdentifier } from "../../src/model/mod.ts";
import { localeNames, runSql, type TestDatabase } from "../postgres/mod.ts";

/** What the sides read and write differently: a text that only its own side understands is not exact. */
const styles = {
  source: {
    datestyle: "SQL, DMY",
    intervalstyle: "sql_standard",
    timezone: "Asia/Kolkata",
    lc_monetary: localeNames.german,
  },
  target: {
    datestyle: "Postgres, MDY",
    intervalstyle: "iso_8601",
    timezone: "America/St_Johns",
    lc_monetary: localeNames.japanese,
  },
};

const output = {
  extra_float_digits: "-15",
  bytea_output: "escape",
  xmloption: "document",
  array_nulls: "off",
  quote_all_identifiers: "on",
  standard_conforming_strings: "off",
  escape_string_warning: "off",
  transform_null_equals: "on",
};

/** Only for roles and databases: teleport's own sessions have to live with these too. */
const session = {
  default_transaction_read_only: "on",
  default_transaction_isolation: "serializable",
  statement_timeout: "400ms",
  lock_timeout: "1ms",
  idle_in_transaction_session_timeout: "400ms",
};

/** For a writer's own session, unlike those of its role. */
export const hostileSession = `
  set datestyle = 'German, YMD';
  set intervalstyle = 'postgres_verbose';
  set timezone = 'Pacific/Marquesas';
  set extra_float_digits = 0;
  set bytea_output = 'escape';
  set xmloption = 'content';
`;

export interface HostileOptions {
  side: "source" | "target";
  /** Role whose sessions write. */
  writer?: string;
  /** Role of an instance. */
  teleport: string;
}

/** ALTER ROLE and ALTER DATABASE on one side. */
export async function makeHostile(database: TestDatabase, options: HostileOptions): Promise<void> {
  const { side, writer, teleport } = options;
  const { lc_monetary } = styles[side];
  const values = {
    ...styles[side],
    ...output,
    // What every machine has, where the server has no locales of ours.
    lc_monetary: await knowsMoney(database, lc_monetary) ? lc_monetary : "POSIX",
  };
  const places = [
    `database ${quoteIdentifier(database.name)}`,
    ...(writer === undefined ? [] : [`role ${quoteIdentifier(writer)}`]),
  ];
  const own = `role ${quoteIdentifier(teleport)}`;
  const statements = [
    ...places.flatMap((place) => settingsOf(place, values)),
    ...settingsOf(own, { ...values, ...session }),
  ];
  await runSql(database.server.url(database.name), statements.join(";\n"));
}

async function knowsMoney({ server, name }: TestDatabase, locale: string): Promise<boolean> {
  try {
    await runSql(server.url(name), `set lc_monetary = '${locale}'`);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "22023") return false;
    throw error;
  }
}

function settingsOf(place: string, values: Record<string, string>): string[] {
  return Object.entries(values).map(([name, value]) =>
    `alter ${place} set ${name} = ${name === "datestyle" ? value : `'${value}'`}`
  );
}
