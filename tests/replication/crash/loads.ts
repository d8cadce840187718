/** Loads without end: first the operator's command, then a table after the other is asked for again. */
import { setTimeout as pause } from "node:timers/promises";
import { requestLoad } from "../../../src/state/mod.ts";
import { type Pair, type Random, targetName, TeleportProcess } from "../../pair/mod.ts";
import type { Observer } from "./observer.ts";

const lastLoadMs = 60_000;
const lastAttempts = 5;

export class Loads {
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();
  #requested = 0;
  #command: TeleportProcess | undefined;
  readonly #config: string;

  constructor(
    pair: Pair,
    options: { config: string; observer: Observer; random: Random },
  ) {
    this.#config = options.config;
    this.#running = this.#run(pair, options);
    this.#running.catch(() => undefined);
  }

  /** Loads that were asked for, the first of all tables included. */
  get requested(): number {
    return this.#requested;
  }

  /** To be called when the strikes are over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#command?.kill("SIGTERM");
    await this.#running;
    // On a busy machine no command has come through between the strikes.
    if (this.#requested > 0) return;
    const timer = setTimeout(() => this.#command?.kill("SIGTERM"), lastLoadMs);
    let attempts = 0;
    await this.#loadAll(() => ++attempts > lastAttempts);
    clearTimeout(timer);
  }

  async #run(
    pair: Pair,
    { observer, random }: { observer: Observer; random: Random },
  ): Promise<void> {
    await this.#loadAll(() => this.#stopping.signal.aborted);
    while (!this.#stopping.signal.aborted) {
      const rows = await observer.look(
        `select relation::int, count(*) filter (where state in ('queued', 'loading')) over () as waiting
         from teleport.table_state order by table_name`,
      );
      if (rows !== undefined && rows.length > 0 && Number(rows[0]?.waiting) < 2) {
        await ask(pair, Number(random.pick(rows).relation));
        this.#requested += 1;
      }
      await pause(200);
    }
  }

  /** The command ends with its server; it is run again until it has seen every table follow. */
  async #loadAll(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await using command = new TeleportProcess([
        ...["-config", this.#config, "-mode", "initial-load", "-load-target", targetName],
      ]);
      this.#command = command;
      const { code, stderr } = await command.finished();
      if (code === 0) {
        this.#requested += 1;
        return;
      }
      if (code === 70) throw new Error(stderr);
    }
  }
}

/** Like the command, for one table. Lost where the server is away just now. */
async function ask(pair: Pair, relation: number): Promise<void> {
  try {
    await using connection = await pair.open("source");
    await requestLoad(connection, targetName, [relation], { existing: "replace" });
  } catch {
    // The next look finds nothing waiting, and asks again.
  }
}
