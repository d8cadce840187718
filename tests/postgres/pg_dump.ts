/** PostgreSQL's own account of a schema: the installed pg_dump, which `.ci/run` installs from Debian. */
import { runCommand } from "./command.ts";

/** Where Debian keeps each major's programs. Its /usr/bin/pg_dump is a script that chooses one of them. */
const majors = "/usr/lib/postgresql";
/** A pg_dump reads servers of its own major and older ones: those of the tests are 14 and 10. */
const oldestProgram = 14;

/**
 * The newest installed program, of 14 or later. Undefined where there is none.
 * @throws Error in CI, which has to have it.
 */
export async function findPgDump(): Promise<string | undefined> {
  const found: number[] = [];
  for (const major of await installedMajors()) {
    if (await exists(programOf(major))) found.push(major);
  }
  const newest = Math.max(...found);
  if (newest >= oldestProgram) return programOf(newest);
  if (!Deno.env.get("CI")) return undefined;
  throw new Error(
    `No pg_dump of ${oldestProgram} or later is in ${majors}; .ci/run installs postgresql-client`,
  );
}

/** The schema as `pg_dump --schema-only` writes it, without owners and privileges. */
export async function dumpSchema(
  program: string,
  { url, filters = [] }: { url: string; filters?: readonly string[] },
): Promise<string> {
  const what = ["--schema-only", "--no-owner", "--no-privileges", ...filters];
  return await runCommand([program, ...what, "--dbname", url]);
}

function programOf(major: number): string {
  return `${majors}/${major}/bin/pg_dump`;
}

async function installedMajors(): Promise<number[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(majors));
    return entries.map(({ name }) => Number(name)).filter(Number.isInteger);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
