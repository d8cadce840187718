/**
 * The demo from its start to its end: servers, shop, instances, clients, initial load, catching up,
 * proof. Whatever it starts ends with it, in the opposite order, however it ends.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type ChecksumPlace, compareTables } from "./checksum.ts";
import { applySchema, type ConfigFiles, targetName, writeConfigFiles } from "./config_files.ts";
import { Instances } from "./instances.ts";
import { compareObjects, type ObjectComparison } from "./objects.ts";
import type { DemoOptions } from "./options.ts";
import { sayComparison, sayLogs, sayObjects, sayWhereToLook } from "./report.ts";
import { buildShop, hasFullPartitioning } from "./shop.ts";
import { openStage, type Stage } from "./stage.ts";
import { isCaughtUp } from "./status.ts";
import { TeleportProcess } from "./teleport_process.ts";
import { TemporaryFolder } from "./temporary_folder.ts";
import { say, secondsSince, thousands } from "./terminal.ts";
import { Ticker } from "./ticker.ts";
import { Workload } from "./workload.ts";
import { writers } from "./writers.ts";

const downloadHintMs = 5000;
const catchUpDeadlineMs = 120_000;
const objectsDeadlineMs = 15_000;

/** Somebody wanted the demo to end. */
export class Interrupted extends Error {}

export class Demo {
  readonly #options: DemoOptions;
  readonly #cancelling = new AbortController();
  #folder: TemporaryFolder | undefined;
  #instances: Instances | undefined;
  #load: TeleportProcess | undefined;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  /** Makes `run` reject with an Interrupted, once it has cleaned up. */
  interrupt(): void {
    this.#cancel(new Interrupted());
  }

  /** Ends what would outlive this process; the servers do not. */
  kill(): void {
    this.#load?.kill();
    this.#instances?.kill();
    this.#folder?.removeNow();
  }

  /** Whether source and target were the same in the end. @throws Error where it did not get so far. */
  async run(): Promise<boolean> {
    const { signal } = this.#cancelling;
    try {
      return await this.#run();
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  async #run(): Promise<boolean> {
    const { sourceVersion, targetVersion } = this.#options;
    say(`A shop on PostgreSQL ${sourceVersion}, followed by one on PostgreSQL ${targetVersion}\n`);
    await using stage = await this.#openStage();
    await this.#buildShop(stage);
    await using folder = new TemporaryFolder();
    this.#folder = folder;
    const files = await writeConfigFiles(stage, folder.path);
    await using instances = this.#openInstances(files);
    try {
      await this.#start(instances, files);
      await this.#play(stage, files);
      const isSame = await this.#prove(stage);
      if (!isSame) sayLogs(instances.all);
      await instances.stop();
      say("Instances  both ended on SIGTERM with exit code 0");
      sayWhereToLook(isSame);
      return isSame;
    } catch (error) {
      if (!(this.#cancelling.signal.reason instanceof Interrupted)) sayLogs(instances.all);
      throw error;
    }
  }

  #cancel(reason: Error): void {
    this.#cancelling.abort(reason);
  }

  async #openStage(): Promise<Stage> {
    const { sourceVersion, targetVersion } = this.#options;
    const start = performance.now();
    const patience = setTimeout(
      () => say("Servers    on their way; the first time PostgreSQL is downloaded, some 20 MB"),
      downloadHintMs,
    );
    const stage = await openStage({ source: sourceVersion, target: targetVersion })
      .finally(() => clearTimeout(patience));
    const [source, target] = [stage.source, stage.target].map(({ database: { server } }) =>
      `${server.host}:${server.port}`
    );
    say(`Servers    source ${source}, target ${target} (${secondsSince(start)})`);
    return stage;
  }

  async #buildShop(stage: Stage): Promise<void> {
    const start = performance.now();
    const { tables, rows, size } = await buildShop(stage, this.#cancelling.signal);
    say(
      `Shop       ${tables} tables, ${thousands(rows)} rows, ${size} (${secondsSince(start)})`,
    );
    if (!hasFullPartitioning(stage)) {
      say("           without what PostgreSQL 12 brought: keys of partitioned tables as a whole,");
      say("           foreign keys to them, rows that move partition, generated columns");
    }
    say("Roles      teleport may read the source and set triggers there, and may create a schema");
    say("           at the target; it owns nothing and is no superuser");
  }

  #openInstances(files: ConfigFiles): Instances {
    const { isVerbose } = this.#options;
    this.#instances = new Instances(files, {
      onUnexpectedEnd: (error) => this.#cancel(error),
      ...(isVerbose && { onLine: (name, line) => say(`  [${name}] ${line}`) }),
    });
    return this.#instances;
  }

  async #start(instances: Instances, { sourceUrl, targetUrl }: ConfigFiles): Promise<void> {
    const start = performance.now();
    await instances.ready(this.#cancelling.signal);
    say(
      `Instances  source ${sourceUrl}/status, target ${targetUrl}/status (${secondsSince(start)})`,
    );
  }

  /** Load and load test at once; ends when the target has everything. */
  async #play(stage: Stage, files: ConfigFiles): Promise<void> {
    const { signal } = this.#cancelling;
    const { writeSeconds } = this.#options;
    await using workload = new Workload(stage.source.database.urlAs(stage.shop));
    workload.finished.catch((error) => this.#cancel(error));
    say(`Clients    ${writers.length} sessions write for ${writeSeconds} s`);
    say(
      `Load       teleport -config source.yml -mode initial-load -load-target ${targetName}\n`,
    );
    const ticker = new Ticker({ statusUrl: files.sourceUrl, written: workload.written, signal });
    ticker.showHeadings();
    await using load = this.#openLoad(files);
    // While the load runs, too; but where that is slow, it would hardly end before they do.
    const endsAt = performance.now() + writeSeconds * 1000;
    const endsLateAt = endsAt + writeSeconds * 500;
    await ticker.runUntil(() => performance.now() >= (load.hasExited ? endsAt : endsLateAt));
    const { commits, rollbacks, retries, rows } = await workload.stop();
    const start = performance.now();
    await ticker.runUntil(
      (target) => load.hasExited && target !== undefined && isCaughtUp(target),
      { what: "the load to end and the target to catch up", deadlineMs: catchUpDeadlineMs },
    );
    say(
      `\nClients    ${thousands(commits)} commits, ${rollbacks} rollbacks, ` +
        `${retries} retries, ${thousands(rows)} rows`,
    );
    say(`Caught up  ${secondsSince(start)} after the last commit`);
  }

  #openLoad({ source }: ConfigFiles): TeleportProcess {
    const load = new TeleportProcess({
      name: "load",
      words: ["-config", source, "-mode", "initial-load", "-load-target", targetName]
        .concat(["-log-format", "text", "-log-level", "warn"]),
      // Without the lines of single tables, which begin with spaces.
      onLine: (line) => line.startsWith(" ") || say(`  load: ${line}`),
    });
    this.#load = load;
    load.endedItself.then((code) => {
      if (code !== 0) this.#cancel(new Error(`The initial load ended with exit code ${code}`));
    });
    return load;
  }

  async #prove({ source, target }: Stage): Promise<boolean> {
    const here = { url: source.database.url, schema: "public" };
    const there = { url: target.database.url, schema: applySchema };
    const objects = await this.#awaitSameObjects(here, there);
    this.#cancelling.signal.throwIfAborted();
    const isSameSchema = sayObjects(objects);
    const isSameRows = sayComparison(await compareTables(here, there));
    return isSameSchema && isSameRows;
  }

  /** Foreign keys are built after the load, values of sequences travel now and then: give them time. */
  async #awaitSameObjects(here: ChecksumPlace, there: ChecksumPlace): Promise<ObjectComparison> {
    const { signal } = this.#cancelling;
    const deadline = performance.now() + objectsDeadlineMs;
    while (true) {
      const comparison = await compareObjects(here, there);
      if (comparison.different.length === 0 || performance.now() > deadline) return comparison;
      await delay(100, undefined, { signal });
    }
  }
}
