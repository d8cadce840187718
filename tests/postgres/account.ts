/**
 * The operating system account that PostgreSQL runs under. It refuses to run as root, so under root
 * everything of it runs as "nobody", whose files must lie where that account can reach them.
 */

const nobody = { uid: 65534, gid: 65534 } as const;

/** Spread into the options of Deno.Command; empty where we are not root. */
export const runAs: { uid?: number; gid?: number } = Deno.uid() === 0 ? nobody : {};

/** The uid that owns the files of PostgreSQL. */
export const ownerUid: number = runAs.uid ?? Deno.uid() ?? 0;

/** Hands a file or folder that we made to the account. */
export async function handOver(path: string): Promise<void> {
  if (runAs.uid !== undefined) await Deno.chown(path, nobody.uid, nobody.gid);
}

/** A new empty folder that belongs to the account. Under root in /tmp: TMPDIR may be private. */
export async function makeOwnedDirectory(prefix: string): Promise<string> {
  const options = runAs.uid === undefined ? { prefix } : { prefix, dir: "/tmp" };
  const path = await Deno.makeTempDir(options);
  await handOver(path);
  return path;
}
