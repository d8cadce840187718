/**
 * Fresh data directories. initdb takes a second, so it runs once per major into the cache and every
 * server gets a copy. UTF-8, C collation, scram passwords even on loopback: a wrong password must fail.
 */

import { ownerUid, runAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { cachedFolder } from "./cache.ts";
import { runCommand } from "./command.ts";

/** The superuser of every embedded server. */
export const superuser = { name: "postgres", password: "superuser-password" } as const;

/** Makes `data` in the folder of one server, which belongs to the account of PostgreSQL. */
export async function fillServerFolder(folder: string, binaries: Binaries): Promise<void> {
  const template = await cachedFolder(
    `data-${binaries.release.version}-uid${ownerUid}`,
    (staging) => initialise(binaries, staging),
  );
  await runCommand(["cp", "-a", `${template}/data`, `${folder}/data`], runAs);
}

async function initialise({ initdb, env }: Binaries, folder: string): Promise<void> {
  const script = 'printf %s "$1" > "$2/password" && ' +
    '"$0" -D "$2/data" -U "$3" --pwfile="$2/password" -A scram-sha-256 -E UTF8 --no-locale --no-sync';
  await runCommand(["sh", "-c", script, initdb, superuser.password, folder, superuser.name], {
    ...runAs,
    env,
  });
}
