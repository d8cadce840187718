/**
 * One application session: random transactions, one after the other, until told to stop.
 *
 * Errors are a part of the schedule (deadlocks, violated constraints, lost races); only those that say
 * that a statement of the test itself is wrong are thrown.
 */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { connect, type Session } from "../postgres/mod.ts";
import { type Action, actionsOf, type Majors } from "./actions/mod.ts";
import type { Random } from "../pair/mod.ts";
import type { Pace } from "./pace.ts";
import type { Tally } from "./tally.ts";
import type { Trace } from "./trace.ts";
import { shapes, type TransactionShape } from "./transaction_shape.ts";

export interface WriterOptions {
  url: string;
  majors: Majors;
  /** See WorkloadOptions. */
  canPrepare: boolean;
  number: number;
  random: Random;
  /** See WorkloadOptions. */
  truncations: number;
  tally: Tally;
  trace: Trace;
  pace: Pace;
  signal: AbortSignal;
}

/** 9.2 has no lock_timeout. */
const settings = `set search_path = public; set statement_timeout = '10s';
  set client_min_messages = warning;
  select set_config(name, '100ms', false) from pg_settings where name = 'lock_timeout'`;

/** Undefined table, column or function, syntax, wrong type: the statement can never succeed. */
const ownMistake = /^42(?!8C9)/;

export class Writer {
  readonly #options: WriterOptions;
  readonly #session: Session;
  readonly #actions: { writes: Action[]; truncations: Action[] };
  #statements: string[] = [];
  #kinds: string[] = [];

  private constructor(options: WriterOptions, session: Session) {
    this.#options = options;
    this.#session = session;
    this.#actions = actionsOf(options.majors);
  }

  /** Resolves when the signal has fired and the last transaction has ended. */
  static async run(options: WriterOptions): Promise<void> {
    await using session = await connect(options.url);
    await session.query(settings);
    const writer = new Writer(options, session);
    const possible = shapes.filter((shape) => options.canPrepare || !shape.isPrepared);
    const weighted = possible.map((shape) =>
      shape.truncates === undefined
        ? shape
        : { ...shape, weight: shape.weight * options.truncations }
    );
    while (!options.signal.aborted) {
      await writer.#transaction(options.random.pickWeighted(weighted));
      await pause(options.random.int(0, 20));
      await options.pace.turn(options.signal);
    }
  }

  async #transaction(shape: TransactionShape): Promise<void> {
    const { random, tally, trace, number } = this.#options;
    this.#statements = [];
    this.#kinds = [];
    let txid = "";
    let outcome = "committed";
    try {
      if (shape.isolation !== undefined) {
        await this.#session.query(`begin isolation level ${shape.isolation}`);
      }
      await this.#actionsOf(shape);
      if (shape.isolation !== undefined) {
        txid = await this.#readTxid();
        if (random.chance(shape.rollsBack)) outcome = "rolled back";
        await this.#end(outcome === "committed" ? "commit" : "rollback", shape.isPrepared ?? false);
      }
    } catch (error) {
      if (error instanceof OwnMistake) throw error;
      outcome = `failed: ${describe(error)}`;
      if (shape.isolation !== undefined) await this.#session.query("rollback");
    }
    trace.add({ writer: number, txid, statements: this.#statements, outcome });
    tally.count(shape.kind, outcome === "committed", this.#kinds);
  }

  async #end(how: "commit" | "rollback", isPrepared: boolean): Promise<void> {
    if (!isPrepared) {
      await this.#session.query(how);
      return;
    }
    const { number, random } = this.#options;
    await this.#session.query(`prepare transaction 'writer ${number}'`);
    await pause(random.int(0, 300));
    await this.#session.query(`${how} prepared 'writer ${number}'`);
  }

  async #actionsOf(shape: TransactionShape): Promise<void> {
    const { random } = this.#options;
    const count = random.int(...shape.actions);
    for (let position = 1; position <= count; position++) {
      const truncates = shape.truncates === "anywhere" ||
        (shape.truncates === "last" && position === count);
      const action = random.pickWeighted(
        truncates && random.chance(0.7) ? this.#actions.truncations : this.#actions.writes,
      );
      if (shape.hasSavepoints) await this.#inSavepoint(action);
      else await this.#run(action);
      await pause(random.int(...shape.pauseMs));
    }
  }

  /** Undone at times; goes on after an error. Savepoints nest. */
  async #inSavepoint(action: Action): Promise<void> {
    const { random } = this.#options;
    const before = this.#kinds.length;
    const undo = async () => {
      this.#kinds.length = before;
      await this.#query("rollback to s");
    };
    await this.#query("savepoint s");
    try {
      await this.#run(action);
      if (random.chance(0.5)) await this.#inSavepoint(random.pickWeighted(this.#actions.writes));
    } catch (error) {
      if (error instanceof OwnMistake) throw error;
      this.#statements.push(`-- ${describe(error)}`);
      return await undo();
    }
    if (random.chance(0.4)) await undo();
    else await this.#query("release s");
  }

  async #run(action: Action): Promise<void> {
    for (const statement of action.statements(this.#options.random)) await this.#query(statement);
    this.#kinds.push(action.kind);
  }

  async #query(statement: string): Promise<void> {
    this.#statements.push(statement);
    try {
      await this.#session.query(statement);
    } catch (error) {
      if (ownMistake.test(sqlstateOf(error))) {
        throw new OwnMistake(`${describe(error)}: ${statement}`, { cause: error });
      }
      throw error;
    }
  }

  async #readTxid(): Promise<string> {
    const read = this.#options.majors.source >= 10
      ? "txid_current_if_assigned()"
      : "txid_current()";
    const { rows } = await this.#session.query(`select ${read}::text as txid`);
    return String(rows[0]?.txid ?? "");
  }
}

/** A statement of the test that can never succeed. */
class OwnMistake extends Error {
  override readonly name = "OwnMistake";
}

const pgError = z.object({ code: z.string(), message: z.string() });

function sqlstateOf(error: unknown): string {
  const parsed = pgError.safeParse(error);
  // Anything that the server did not say is not a part of the schedule.
  if (!parsed.success) throw error;
  return parsed.data.code;
}

function describe(error: unknown): string {
  const code = sqlstateOf(error);
  return `${code} ${error instanceof Error ? error.message : ""}`.trim();
}
