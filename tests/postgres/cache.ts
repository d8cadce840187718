/**
 * The cache folder of the tests: PostgreSQL binaries and initialised data directories, each made once.
 * Safe for any number of test processes: a maker holds a lock and renames a finished folder into place,
 * so what has its final name is whole.
 */

import { handOver, runAs } from "./account.ts";
import { runCommand } from "./command.ts";

/** The cached folder `name`, made by `build` (which fills an empty folder) where it is missing. */
export async function cachedFolder(
  name: string,
  build: (staging: string) => Promise<void>,
): Promise<string> {
  const cache = cacheDirectory();
  const path = `${cache}/${name}`;
  if (await exists(path)) return path;
  await prepare(cache);
  using lock = await Deno.open(`${cache}/${name}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(path)) return path;
  // Ours alone while we hold the lock; what is there was left by a maker that was killed.
  const staging = `${cache}/${name}.staging`;
  await runCommand(["rm", "-rf", staging]);
  try {
    await Deno.mkdir(staging);
    await Deno.chmod(staging, 0o755);
    await handOver(staging);
    await build(staging);
    await Deno.rename(staging, path);
  } catch (error) {
    await Deno.remove(staging, { recursive: true }).catch(() => {});
    throw error;
  }
  return path;
}

/** Under root not ~/.cache: PostgreSQL runs as nobody, which cannot enter /root. */
function cacheDirectory(): string {
  const given = Deno.env.get("TELEPORT_TEST_CACHE");
  if (given) return given.startsWith("/") ? given : `${Deno.cwd()}/${given}`;
  if (runAs.uid !== undefined) return "/var/tmp/teleport-tests";
  return `${Deno.env.get("HOME") ?? "/var/tmp"}/.cache/teleport-tests`;
}

async function prepare(cache: string): Promise<void> {
  if (!(await exists(cache))) {
    await Deno.mkdir(cache, { recursive: true });
    await Deno.chmod(cache, 0o755); // whatever our umask
  }
  const { uid } = await Deno.stat(cache);
  if (uid !== Deno.uid()) {
    throw new Error(`${cache} belongs to uid ${uid}, not to us; set TELEPORT_TEST_CACHE`);
  }
  await runCommand(["sh", "-c", 'test -x "$0"', cache], runAs).catch((cause) => {
    throw new Error(
      `uid ${runAs.uid} cannot enter ${cache}; set TELEPORT_TEST_CACHE to a folder that it can`,
      { cause },
    );
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
