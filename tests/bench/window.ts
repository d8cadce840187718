/**
 * Window: what it costs on the source to find and read a small window, which must depend neither on how
 * many confirmed events are queued before it nor on how many transactions were in progress at its position.
 *
 * The program's own functions, from the look at the queue to the last row of the batch. No instance runs,
 * so nothing is freed and one window can be read again and again.
 */
import { z } from "zod";
import {
  batchFrames,
  findLimit,
  openBatch,
  type Participant,
  summarizeEvents,
  VerifiedRelations,
} from "../../src/batch/mod.ts";
import { listCaptured } from "../../src/capture/mod.ts";
import {
  formatPosition,
  parsePosition,
  type Position,
  positionSchema,
} from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { readBacklog } from "../../src/state/mod.ts";
import { type Pair, say, targetName } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { settle } from "./lane.ts";
import { median } from "./median.ts";
import {
  atMost,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";
import { openTeleportLane } from "./teleport_lane.ts";

const windowRows = 100;
const inProgress = 5000;
const sessions = 60;
const repetitions = 25;
const maxEvents = 10_000;
/** Noise of few milliseconds; a cost that grows with the queue would be hundreds of times as much. */
const flat = atMost(2);

const setup = `
  create table item (id bigint primary key, amount integer not null, note text not null);
  insert into item select n, 0, repeat('x', 100) from generate_series(1, 1000000) n;
  create procedure bench_touch(transactions integer, rows integer, others integer) language plpgsql as $$
  begin
    for n in 0..transactions - 1 loop
      update item set amount = amount + 1
      where id > n * rows % 1000000 and id <= n * rows % 1000000 + rows;
      commit;
      call bench_use_txids(others);
    end loop;
  end
  $$;
  create procedure bench_use_txids(transactions integer) language plpgsql as $$
  begin
    for n in 1..transactions loop
      perform txid_current();
      commit;
    end loop;
  end
  $$;`;

export async function window(options: SectionOptions): Promise<SectionResult> {
  const { stage, isQuick, isFull } = options;
  const events = isQuick ? 100_000 : isFull ? 10_000_000 : 1_000_000;
  await using lane = await openTeleportLane({ stage, scale: 1, setup });
  const { pair } = lane;
  await using bench = await WindowBench.open(pair);
  const start = await bench.position();
  await bench.write(`call bench_use_txids(${inProgress})`);
  const small = await bench.windowAfterNow();
  await settle(pair);
  await bench.cost("to warm up", small);
  const few = await bench.cost("a short queue", small);
  const some = await bench.cost(
    `${inProgress} in progress, a short queue`,
    await bench.manyOpen(start, small),
  );
  await bench.write("set synchronous_commit = off");
  const transactions = events / 100;
  const others = Math.ceil(inProgress / transactions);
  await bench.write(`call bench_touch(${transactions}, 100, ${others})`);
  const big = await bench.windowAfterNow();
  const stale = await bench.cost(`${whole(events)} confirmed events, old statistics`, big);
  await settle(pair);
  const many = await bench.cost(`${whole(events)} confirmed events`, big);
  const both = await bench.cost(
    `${inProgress} in progress, long queue`,
    await bench.manyOpen(small, big),
  );
  const open = await bench.withOpenTransactions(() =>
    bench.cost(`${sessions} open transactions, long queue`, big)
  );
  const line = (what: string, ms: number): Line => ({
    what: `window of ${windowRows} rows, ${what}`,
    baseline: `${few.toFixed(1)} ms`,
    teleport: `${ms.toFixed(1)} ms`,
    ratio: (ms / few).toFixed(2),
    ...judged(flat, ms / few),
  });
  return {
    lines: [
      line(`after ${whole(events)} confirmed events, statistics from before`, stale),
      line(`after ${whole(events)} confirmed events`, many),
      line(`${whole(inProgress)} transactions in progress at its position`, some),
      line("both", both),
      line(`both long queue and ${sessions} sessions with open changes`, open),
    ],
    notes: ["Baseline of the window's lines: the same window in a queue of its own events alone."],
  };
}

class WindowBench implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #pair: Pair;
  readonly #app: Awaited<ReturnType<typeof connect>>;
  readonly #control: Connection;
  readonly #reader: Connection;
  readonly #verified = new VerifiedRelations();

  private constructor(parts: {
    stack: AsyncDisposableStack;
    pair: Pair;
    app: Awaited<ReturnType<typeof connect>>;
    control: Connection;
    reader: Connection;
  }) {
    this.#stack = parts.stack;
    this.#pair = parts.pair;
    this.#app = parts.app;
    this.#control = parts.control;
    this.#reader = parts.reader;
  }

  static async open(pair: Pair): Promise<WindowBench> {
    await using stack = new AsyncDisposableStack();
    const app = stack.use(await connect(pair.source.urlAs(pair.owner)));
    const control = stack.use(await Connection.open(pair.sourceConfig.database, "control"));
    const reader = stack.use(await Connection.open(pair.sourceConfig.database, "batch"));
    return new WindowBench({ stack: stack.move(), pair, app, control, reader });
  }

  async write(sql: string): Promise<void> {
    await this.#app.query(sql);
  }

  async position(): Promise<Position> {
    const { position } = await this.#control.row(
      z.object({ position: positionSchema }),
      "select txid_current_snapshot()::text as position",
    );
    return position;
  }

  /**
   * A position with transactions in progress that were none: spread over those since `start`, among which
   * other transactions' events may be, and without an event themselves.
   */
  async manyOpen(start: Position, position: Position): Promise<Position> {
    const first = parsePosition(start).xmax;
    const { xmax } = parsePosition(position);
    const unused = await this.#control.rows(
      z.object({ txid: z.coerce.bigint() }),
      `select n::text as txid from generate_series(${first}::bigint, ${xmax - 1n}) n
       where not exists (select 1 from teleport.event e where e.txid = n) order by n`,
    );
    const step = Math.floor(unused.length / inProgress);
    if (step === 0) throw new Error(`Only ${unused.length} transactions without events`);
    const xip = Array.from({ length: inProgress }, (_, n) => unused[n * step]?.txid ?? first);
    return formatPosition({ xmin: xip[0] ?? first, xmax, xip });
  }

  /** A position with a small window of events after it. */
  async windowAfterNow(): Promise<Position> {
    const position = await this.position();
    await this.write(`update item set amount = amount + 1 where id <= ${windowRows}`);
    return position;
  }

  /** Median milliseconds to find the window, open its batch and read it to the end. */
  async cost(what: string, from: Position): Promise<number> {
    const times: number[] = [];
    await this.#control.run(
      "update teleport.target set position = $1, is_exact = true where name = $2",
      [from, targetName],
    );
    for (let run = 0; run < repetitions; run++) {
      const startedAt = performance.now();
      await this.#readWindow(from);
      times.push(performance.now() - startedAt);
    }
    say(`  ${what}: ${median(times).toFixed(1)} ms (most ${Math.max(...times).toFixed(1)} ms)`);
    return median(times);
  }

  async withOpenTransactions<Result>(work: () => Promise<Result>): Promise<Result> {
    await using stack = new AsyncDisposableStack();
    for (let n = 1; n <= sessions; n++) {
      const session = stack.use(await connect(this.#pair.source.urlAs(this.#pair.owner)));
      await session.query(`begin; update item set amount = amount + 1 where id = 500000 + ${n}`);
    }
    return await work();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #readWindow(from: Position): Promise<void> {
    const control = this.#control;
    const reader = this.#reader;
    const backlog = await readBacklog(control, targetName, maxEvents);
    if (!backlog?.hasEvents) throw new Error("The window was not seen");
    const { short, lookFrom, windowFrom } = backlog;
    const limit = short ? undefined : await findLimit(control, lookFrom, maxEvents);
    const events = short ?? await summarizeEvents(control, { from: lookFrom, limit });
    const captured = await listCaptured(control, events.map(({ relation }) => relation));
    const participants = captured.map((table): Participant => ({ table, own: undefined }));
    const batch = await openBatch(reader, {
      target: targetName,
      from,
      windowFrom,
      limit,
      participants,
      lockRoots: new Set(participants.map(({ table }) => table.root)),
      recordSent: () => Promise.resolve(),
      verified: this.#verified,
    });
    const frames = batchFrames(reader, batch, {
      source: "bench",
      target: targetName,
      from,
      restarts: false,
      upstreams: [],
      load: null,
      emptyTables: [],
      peerEpoch: "bench-target",
      schema: undefined,
      sequences: [],
      toTargetSchema: (schema) => schema,
    });
    let rows = 0;
    for await (const frame of frames) {
      if (frame.kind === "message" && frame.message.kind === "rowsEnd") rows += frame.message.count;
    }
    if (rows < windowRows) throw new Error(`The window had ${rows} rows instead of ${windowRows}`);
  }
}
