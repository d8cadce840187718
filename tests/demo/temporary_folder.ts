/** A folder that goes with its dispose. */

export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

export async function openTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "teleport-demo-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
