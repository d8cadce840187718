/**
 * Locales for test servers, made from the sources in Debian's package `locales` (which `.ci/run`
 * installs): the machine's own are few, and PostgreSQL's `C` has no money but `$1.00`.
 */
import { runAs } from "./account.ts";
import { cachedFolder } from "./cache.ts";
import { baseEnvironment, runCommand } from "./command.ts";

const sources = "/usr/share/i18n/locales";

/** What each is called in settings. Money: `1.234,50 €` here, `￥1,235` without any fraction there. */
export const localeNames = { german: "de_DE.UTF-8", japanese: "ja_JP.UTF-8" } as const;

export interface Locales {
  /** For a server that is to have them. */
  env: { LOCPATH: string };
}

/**
 * Makes all of `localeNames`, once for a machine. Undefined where they cannot be made, for want of
 * localedef or of its sources. @throws Error in CI, which has to have them.
 */
export async function findLocales(): Promise<Locales | undefined> {
  const version = await readVersion();
  if (version === undefined || !await hasSources()) {
    if (!Deno.env.get("CI")) return undefined;
    throw new Error(`No localedef, or no locales in ${sources}; .ci/run installs them`);
  }
  const folder = await cachedFolder(`locales-${version}`, async (staging) => {
    for (const name of Object.values(localeNames)) {
      const [source = "", charset = ""] = name.split(".");
      const flags = ["--no-archive", "-i", source, "-f", charset];
      await runCommand(["localedef", ...flags, `${staging}/${name}`], runAs);
    }
  });
  return { env: { LOCPATH: folder } };
}

/** Of the C library, which the form of the files depends on: the end of `localedef --version`'s first line. */
async function readVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("localedef", {
      args: ["--version"],
      clearEnv: true,
      env: baseEnvironment(),
    }).output();
    return /\d[\d.]*$/m.exec(new TextDecoder().decode(stdout))?.[0];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function hasSources(): Promise<boolean> {
  const found = Object.values(localeNames).map((name) =>
    Deno.stat(`${sources}/${name.split(".")[0]}`).then(() => true, () => false)
  );
  return (await Promise.all(found)).every((isThere) => isThere);
}
