/**
 * The demo from its start to its end: servers, shop, instances, clients, initial load, catching up,
 * proof. Whatever it starts ends with it, in the opposite order, however it ends.
 */
import { compareTables } from "./checksum.ts";
import { applySchema, type ConfigFiles, targetName, writeConfigFiles } from "./config_files.ts";
import type { DemoOptions } from "./options.ts";
import { sayComparison, sayLogs, sayWhereToLook } from "./report.ts";
import { buildShop, hasFullPartitioning } from "./shop.ts";
import { openStage, type Stage } from "./stage.ts";
import { isCaughtUp, readStatus } from "./status.ts";
import { TeleportProcess } from "./teleport_process.ts";
import { say, secondsSince, thousands } from "./terminal.ts";
import { Ticker } from "./ticker.ts";
import { waitFor } from "../pair/wait.ts";
import { Workload } from "./workload.ts";
import { writers } from "./writers.ts";

const startDeadlineMs = 30_000;
const loadDeadlineMs = 120_000;
const catchUpDeadlineMs = 60_000;
const stopPatienceMs = 25_000;

interface Instances {
  source: TeleportProcess;
  target: TeleportProcess;
}

export class Demo {
  readonly #options: DemoOptions;
  readonly #cancelling = new AbortController();
  readonly #processes: TeleportProcess[] = [];

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  /** Makes `run` reject soon, once it has cleaned up. */
  cancel(reason: Error): void {
    this.#cancelling.abort(reason);
  }

  /** Ends teleport's processes at once; the servers end with this process. */
  kill(): void {
    for (const process of this.#processes) process.kill();
  }

  /** Whether source and target were the same in the end. @throws Error where it did not get so far. */
  async run(): Promise<boolean> {
    const { signal } = this.#cancelling;
    const { sourceVersion, targetVersion } = this.#options;
    say(`A shop on PostgreSQL ${sourceVersion}, followed by PostgreSQL ${targetVersion}`);
    say();
    const start = performance.now();
    await using stage = await openStage({ source: sourceVersion, target: targetVersion });
    sayServers(stage, start);
    signal.throwIfAborted();
    await this.#buildShop(stage);
    signal.throwIfAborted();
    await using folder = await temporaryFolder();
    const files = await writeConfigFiles(stage, folder.path);
    await using instances = await this.#startInstances(files);
    try {
      await Promise.race([this.#play(stage, files), ...]);
    } 
  }
}
