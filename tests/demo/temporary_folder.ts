/** A folder that goes with its dispose. */

export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "teleport-demo-" });
  }

  /** For a process that is about to exit. */
  removeNow(): void {
    Deno.removeSync(this.path, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
