/**
 * Keeps capture in step with the source's catalogs: installs it at start, and again whenever the
 * fingerprint moved or a ddl event arrived. Holds the list of captured relations for the streamers.
 */
import {
  type CapturedRelation,
  type CaptureReport,
  installCapture,
  readFingerprint,
} from "../capture/mod.ts";
import type { Config } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { Log } from "./log.ts";

const lockTimeoutMs = 2000;

export class CaptureKeeper {
  readonly #config: Config;
  readonly #log: Log;
  #fingerprint: string | undefined;
  #captured: readonly CapturedRelation[] = [];
  #version = 0;
  #refused = "";
  #isBlocked = false;
  #warnings = "";
  #running: Promise<void> | undefined;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  /** Every relation known, those without a key too. */
  get captured(): readonly CapturedRelation[] {
    return this.#captured;
  }

  /** Raised whenever the catalogs may have changed: schemas have to be compared again. */
  get version(): number {
    return this.#version;
  }

  /** Installs what is missing. Calls that overlap share one run that began after the later call. */
  async sync(connection: Connection): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#install(connection).finally(() => this.#running = undefined);
    await this.#running;
  }

  /** Syncs when the catalogs' fingerprint is another than at the last sync, or a lock was missed. */
  async watch(connection: Connection): Promise<void> {
    const fingerprint = await readFingerprint(connection);
    if (fingerprint !== this.#fingerprint || this.#isBlocked) await this.sync(connection);
  }

  async #install(connection: Connection): Promise<void> {
    // Before the install looks at the catalogs: a change while it runs shows next time. So do its own
    // triggers, for which the next look finds nothing to do.
    const fingerprint = await readFingerprint(connection);
    const report = await installCapture(connection, {
      expressions: Object.entries(this.#config.targets).map(([target, { target_expression }]) => ({
        target,
        expression: target_expression,
      })),
      useEventTriggers: this.#config.use_event_triggers,
      lockTimeoutMs,
    });
    this.#fingerprint = fingerprint;
    this.#captured = report.relations;
    this.#isBlocked = report.refused.some(({ blockers }) => blockers !== undefined);
    this.#version += 1;
    this.#tell(report);
  }

  #tell(report: CaptureReport): void {
    const warnings = JSON.stringify(report.warnings);
    if (warnings !== this.#warnings) {
      for (const warning of report.warnings) this.#log.warn(warning);
    }
    const refused = report.refused.length === 0 ? "" : JSON.stringify(report.refused);
    if (refused !== this.#refused) {
      for (const { schema, name, reason } of report.refused) {
        this.#log.warn("Rows of a table are not replicated", {
          table: `${schema}.${name}`,
          reason,
        });
      }
    }
    this.#warnings = warnings;
    this.#refused = refused;
  }
}
