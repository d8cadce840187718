/** The two instances of teleport: one beside each database, each a process of its own. */
import { setTimeout as delay } from "node:timers/promises";
import type { ConfigFiles } from "./config_files.ts";
import { readStatus } from "./status.ts";
import { TeleportProcess } from "./teleport_process.ts";

export interface InstancesOptions {
  onUnexpectedEnd: (error: Error) => void;
  onLine?: (name: string, line: string) => void;
}

/** The first run of all downloads packages. */
const startDeadlineMs = 60_000;
const stopPatienceMs = 25_000;

export class Instances implements AsyncDisposable {
  readonly all: readonly TeleportProcess[];
  readonly #files: ConfigFiles;

  constructor(files: ConfigFiles, { onUnexpectedEnd, onLine }: InstancesOptions) {
    this.#files = files;
    // Stopped in this order: a source without its target would only complain.
    this.all = (["source", "target"] as const).map((name) => {
      const process = new TeleportProcess({
        name,
        words: ["-config", files[name], "-log-format", "text"],
        ...(onLine && { onLine: (line: string) => onLine(name, line) }),
      });
      process.endedItself.then((code) =>
        onUnexpectedEnd(new Error(`The instance of the ${name} ended with exit code ${code}`))
      );
      return process;
    });
  }

  /** Resolves when both are at work. */
  async ready(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + startDeadlineMs;
    for (const url of [this.#files.targetUrl, this.#files.sourceUrl]) {
      while ((await readStatus(url, signal))?.instance.role !== "active") {
        if (performance.now() > deadline) throw new Error(`No instance is at work at ${url}`);
        await delay(50, undefined, { signal });
      }
    }
  }

  /** By SIGTERM. @throws Error where one of them does not end as it should. */
  async stop(): Promise<void> {
    for (const process of this.all) {
      const code = await process.stop(stopPatienceMs);
      if (code === 0) continue;
      const end = code === undefined
        ? `did not end in ${stopPatienceMs / 1000} s`
        : `ended with exit code ${code}`;
      throw new Error(`On SIGTERM the instance of the ${process.name} ${end}`);
    }
  }

  kill(): void {
    for (const process of this.all) process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((process) => process[Symbol.asyncDispose]()));
  }
}
