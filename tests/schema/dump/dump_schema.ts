/** The schemas of this folder, written for these tests: folders of SQL files that run in the order of their names. */

export const dumpExtensions = ["citext", "hstore", "pg_trgm", "btree_gist", '"uuid-ossp"'];

/** @param name a folder beside this file. */
export async function readDumpSchema(name: string): Promise<string> {
  const folder = new URL(`${name}/`, import.meta.url);
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const files = entries.map((entry) => entry.name).filter((file) => file.endsWith(".sql")).sort();
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, folder))));
  return texts.join("\n");
}
