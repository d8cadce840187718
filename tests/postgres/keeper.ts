/**
 * The keeper of one server's folder: a tiny shell that waits for our end of a pipe to close, then stops
 * what still runs and deletes the folder. It is the only one that deletes, in a normal dispose too, so
 * the way that matters after a crash is the one that every test exercises.
 */

import keeperScript from "./keeper.sh" with { type: "text" };
import { runAs } from "./account.ts";
import { baseEnvironment } from "./command.ts";

export class Keeper implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #pipe: WritableStreamDefaultWriter<Uint8Array>;
  #isClosed = false;

  constructor(folder: string) {
    // The text, not a path: the account of PostgreSQL may be unable to read this checkout.
    this.#child = new Deno.Command("sh", {
      ...runAs,
      args: ["-c", keeperScript, "keeper", folder],
      cwd: "/",
      clearEnv: true,
      env: baseEnvironment(),
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#pipe = this.#child.stdin.getWriter();
  }

  /** Say "running" before postgres starts and "stopped" after it ended. */
  async note(state: "running" | "stopped"): Promise<void> {
    await this.#pipe.write(new TextEncoder().encode(`${state}\n`));
  }

  /** Resolves when the server is stopped and its folder is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      await this.#pipe.close();
    }
    await this.#child.status;
  }
}
