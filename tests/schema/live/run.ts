/** Drives the waves of one run, and says of each change how it ended. */
import { hashSnapshot, readSnapshot } from "../../../src/schema/mod.ts";
import { applySnapshot } from "../../../src/schema/mod.ts";
import type { Connection } from "../../../src/postgres/mod.ts";
import { z } from "zod";
import { type Pair, say, waitFor } from "../../pair/mod.ts";
import { connect, type Session } from "../../postgres/mod.ts";
import { changes, isFor } from "../cases/mod.ts";
import type { Difference } from "../oracle/mod.ts";
import { compareWithTarget, isEqual, lookAtSource } from "./equality.ts";
import { type LiveOptions, openLivePair, type Place, planWaves, type Wave } from "./lanes.ts";

/** How long nothing may come closer to being equal. */
const stallMs = 30_000;

export interface Outcome {
  name: string;
  /** Undefined: equal after both steps. */
  failure: string | undefined;
}

export class LiveRun implements AsyncDisposable {
  readonly #pair: Pair;
  readonly #options: LiveOptions;
  readonly #session: Session;
  readonly #source: Connection;
  readonly #target: Connection;
  readonly #failures = new Map<Place, string>();
  #isStarted = false;

  private constructor(
    pair: Pair,
    options: LiveOptions,
    sessions: { app: Session; source: Connection; target: Connection },
  ) {
    this.#pair = pair;
    this.#options = options;
    this.#session = sessions.app;
    this.#source = sessions.source;
    this.#target = sessions.target;
  }

  static async open(options: LiveOptions): Promise<LiveRun> {
    const pair = await openLivePair(options, changes);
    return new LiveRun(pair, options, {
      app: await connect(pair.source.urlAs(pair.owner)),
      source: await pair.open("source"),
      target: await pair.open("target"),
    });
  }

  /** Of every change, in the order of the pairs. */
  async run(): Promise<Outcome[]> {
    const possible = changes.filter((change) => isFor(change, this.#options.major));
    const outcomes: Outcome[] = [];
    for (const wave of planWaves(possible, this.#options)) {
      await this.#runWave(wave);
      for (const place of wave.places) {
        outcomes.push({ name: place.schema.change.name, failure: this.#failures.get(place) });
      }
    }
    return outcomes;
  }

  /** What the targets would still do about the schema that the source has, after any wave. */
  readonly rest: unknown[] = [];

  /** Nothing where the hashes are equal and a second plan is empty. */
  async #readRest(): Promise<unknown[]> {
    const rest: unknown[] = [];
    for (const [name, { target_expression, apply_schema }] of this.#targets()) {
      const snapshot = await this.#source.transaction(
        "repeatable read read only",
        () =>
          readSnapshot(this.#source, {
            expression: target_expression,
            ...(apply_schema === undefined ? {} : { applySchema: apply_schema }),
          }),
      );
      const { source, hash } = await this.#target.row(
        z.object({ source: z.string(), hash: z.string().nullable() }),
        "select source, schema_hash as hash from teleport.applied where target = $1",
        [name],
      );
      if (hash !== hashSnapshot(snapshot)) rest.push(`${name} has another hash`);
      await this.#target.run("begin");
      const { created, changed, refused } = await applySnapshot(this.#target, {
        source,
        target: name,
        after: snapshot,
      });
      await this.#target.run("rollback");
      if (created + changed + refused.length > 0) rest.push({ name, created, changed, refused });
    }
    return rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.end();
    await this.#source.close();
    await this.#target.close();
    await this.#pair[Symbol.asyncDispose]();
  }

  #targets() {
    return Object.entries(this.#pair.sourceConfig.targets);
  }

  async #runWave({ places }: Wave): Promise<void> {
    for (const place of places) {
      await this.#try(place, () => place.schema.create(this.#session));
      for (const schema of place.schema.schemas) await this.#pair.grant(schema);
    }
    if (!this.#isStarted) await this.#start();
    for (const place of places) await this.#insert(place);
    await this.#settle("before", places);
    for (const place of places) {
      await this.#try(place, () => place.schema.alter(this.#session));
      await place.schema.fill(this.#session, 4);
    }
    await this.#settle("after", places);
    let rest: unknown[] = [];
    await waitFor(async () => {
      rest = await this.#readRest();
      return rest.length === 0;
    }, { what: "no rest", pollMs: 400 }).catch(() => undefined);
    this.rest.push(...rest);
    if (!this.#options.isRenamed) return;
    for (const place of places) await place.schema.drop(this.#session);
  }

  /** Until the targets follow: rows that are there before would want an initial load. */
  async #start(): Promise<void> {
    await this.#pair.start();
    this.#isStarted = true;
    await waitFor(async () => {
      const status = await this.#pair.readStatus();
      const targets = Object.values(status?.targets ?? {});
      return targets.length > 0 && targets.every(({ position }) => position !== null);
    }, { what: "the first batches", deadlineMs: 60_000, explain: () => this.#lastLines() });
  }

  async #insert({ schema }: Place): Promise<void> {
    const { rows } = schema.change;
    if (rows === undefined) await schema.fill(this.#session, 1);
    else await schema.run(this.#session, rows.insert);
  }

  async #try(place: Place, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#fail(place, `The source refused it: ${error instanceof Error ? error.message : error}`);
    }
  }

  #fail(place: Place, failure: string): void {
    if (!this.#failures.has(place)) this.#failures.set(place, failure);
  }

  /** Waits until all places are equal, or none has become so for a while. */
  async #settle(stage: string, places: readonly Place[]): Promise<void> {
    const begun = performance.now();
    // The source's keys are known when capture has seen the tables.
    await this.#captured();
    let open = [...places];
    const differences = new Map<Place, Difference>();
    let progressAt = Date.now();
    await waitFor(async () => {
      const next: Place[] = [];
      for (const place of open) {
        const difference = await this.#compare(place);
        differences.set(place, difference);
        if (!isEqual(difference)) next.push(place);
      }
      if (next.length < open.length) progressAt = Date.now();
      open = next;
      return open.length === 0 || Date.now() - progressAt > stallMs;
    }, { what: "the schemas and rows to be equal", deadlineMs: 600_000, pollMs: 400 });
    for (const place of open) {
      const { missing = [], extra = [] } = differences.get(place) ?? {};
      const lines = [...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)];
      this.#fail(place, `${stage}, - lacks on the target, + is there only:\n${lines.join("\n")}`);
    }
    if (open.length > 0) say(this.#lastLines());
    say(`${stage}: ${places.length} in ${Math.round(performance.now() - begun)} ms`);
  }

  /** While DDL runs, functions of the server that deparse may miss what the snapshot still has. */
  async #compare(place: Place): Promise<Difference> {
    try {
      const source = await lookAtSource(this.#source, place);
      return await compareWithTarget(this.#target, place, source);
    } catch (error) {
      return { missing: [error instanceof Error ? error.message : String(error)], extra: [] };
    }
  }

  /** Every table of the source is known to capture. */
  async #captured(): Promise<void> {
    await waitFor(async () => {
      const { unknown } = await this.#source.row(
        z.object({ unknown: z.coerce.number() }),
        `select count(*) as unknown from pg_catalog.pg_class c
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where n.nspname ~ '^(c[0-9]|lane_)' and c.relkind in ('r', 'p') and not c.relispartition
           and not exists (select 1 from teleport.capture k where k.relation = c.oid)`,
      );
      return unknown === 0;
    }, { what: "every table to be captured", explain: () => this.#lastLines() });
  }

  #lastLines(): string {
    return this.#pair.lines.filter((line) =>
      /WARN|ERROR/.test(line) && !/are not replicated/.test(line)
    ).slice(-15).join("\n");
  }
}
