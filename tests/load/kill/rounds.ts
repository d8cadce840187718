/** Loads of all tables, one after the other, each by the operator's command, with clients that write meanwhile. */
import { setTimeout as pause } from "node:timers/promises";
import { requestLoad } from "../../../src/state/mod.ts";
import { targetName, waitFor } from "../../pair/mod.ts";
import { KeptInstance } from "../../replication/crash/kept_instance.ts";
import { assertAtRest } from "../../replication/crash/rest.ts";
import { Writers } from "../../replication/crash/writers.ts";
import { type Scene, tables, tails } from "./scene.ts";
import type { Strike } from "./strikes.ts";

const roundMs = 300_000;
/** A phase that is over in no time may be missed. */
const phaseMs = 4000;
const pollMs = 10;
const pace = { pauseMs: 60, truncates: false };

export class Rounds implements AsyncDisposable {
  readonly #scene: Scene;
  #command: KeptInstance | undefined;
  #writers: Writers | undefined;
  #begun = 0;
  #written = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get begun(): number {
    return this.#begun;
  }

  get written(): number {
    return this.#written;
  }

  get command(): KeptInstance | undefined {
    return this.#command;
  }

  /** The first load is that of tables that have never been loaded. */
  async begin(): Promise<void> {
    const { pair, random, sourceOptions } = this.#scene;
    if (this.#begun > 0) {
      await using connection = await pair.open("source");
      const relations = await pair.write(
        `select oid::int from pg_class where relnamespace = 'public'::regnamespace
           and relkind in ('r', 'p') and not relispartition`,
      );
      await requestLoad(connection, targetName, relations.map(({ oid }) => Number(oid)), {
        existing: "replace",
      });
    }
    this.#begun += 1;
    this.#writers = new Writers(pair.source.urlAs(pair.owner), random, pace);
    this.#command = new KeptInstance(
      [...sourceOptions, "-mode", "initial-load", "-load-target", targetName],
      { isCommand: true },
    );
    // From then on a strike falls into a load.
    await waitFor(async () => {
      this.assertWell();
      return (await this.#scene.phases.look())?.includes("partial") === false;
    }, {
      what: "the command to ask for the loads",
      deadlineMs: roundMs,
      explain: () => this.explain(),
    });
  }

  /**
   * Begins a load where none is under way, and waits for the strike's moment.
   * @returns the phases that are under way; undefined where nobody can tell.
   */
  async moment(strike: Strike): Promise<string[] | undefined> {
    while (true) {
      if (this.#command === undefined) await this.begin();
      const seen = await this.#await(strike);
      if (seen === undefined || seen.length > 0) return seen;
      await this.end();
    }
  }

  /** Waits for the end of the load, and compares everything. */
  async end(): Promise<void> {
    const command = this.#command;
    if (command === undefined) return;
    await waitFor(() => {
      this.assertWell();
      return command.isDone;
    }, { what: "the load to end", deadlineMs: roundMs, explain: () => this.explain() });
    await this.#quiet();
    const { pair, source, sourceOptions } = this.#scene;
    // Somebody has to bring what was written since.
    await using follower = source === undefined ? new KeptInstance(sourceOptions) : undefined;
    await assertAtRest(pair, {
      tables,
      explain: () => ({ ...Object(this.explain()), follower: follower?.log }),
    });
    this.#command = undefined;
    const code = await follower?.stop();
    if (code) throw new Error(`The instance ended with ${code}:\n${follower?.log}`);
  }

  /** Whether all that a load brings is there; undefined where nobody can tell. */
  async isOver(): Promise<boolean | undefined> {
    if (this.#command?.isDone === false) return false;
    // Without an instance nobody makes foreign keys once the command has ended.
    if (this.#scene.source === undefined) return true;
    const seen = await this.#scene.phases.look();
    return seen && seen.length === 0;
  }

  assertWell(): void {
    for (const kept of [this.#scene.source, this.#scene.target, this.#command]) kept?.assertWell();
  }

  explain(): unknown {
    return tails(this.#scene, this.#command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command?.[Symbol.asyncDispose]();
    this.#command = undefined;
    await this.#quiet();
  }

  async #quiet(): Promise<void> {
    const writers = this.#writers;
    this.#writers = undefined;
    await writers?.stop();
    this.#written += writers?.committed ?? 0;
  }

  /** Empty where the load is over. */
  async #await({ phase, delayMs, victim }: Strike): Promise<string[] | undefined> {
    const until = Date.now() + phaseMs;
    if (phase === "any") await pause(delayMs * 3);
    while (true) {
      this.assertWell();
      const seen = await this.#scene.phases.look();
      const isOver = victim === "load command" ? this.#command?.isDone : await this.isOver();
      if (isOver) return [];
      if (phase === "any" || seen === undefined) return seen;
      if (seen.includes(phase) || Date.now() > until) {
        await pause(delayMs / 10);
        return seen;
      }
      await pause(pollMs);
    }
  }
}
