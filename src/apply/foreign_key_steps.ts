/**
 * Foreign keys on the target, when the rows of both ends are there. They are made NOT VALID, which takes a moment, and
 * validated each in a transaction of its own, which holds up no writer; some at a time. One that a crash left NOT VALID
 * is found in the catalog by the next request.
 */
import { type Command, type CommandResult, messageOf, quoteName } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  buildForeignKeys,
  dropForeignKey,
  type ForeignKeyReport,
  type UnvalidatedKey,
  validateForeignKey,
} from "../schema/mod.ts";
import { readAppliedSnapshot } from "./applied_snapshot.ts";
import { assertReady } from "./load_order.ts";
import type { SessionPool } from "./session.ts";
import { inTransaction } from "./transaction.ts";

type BuildForeignKeys = Extract<Command, { kind: "buildForeignKeys" }>;

const lockTimeoutMs = 2000;
const maxSteps = 8;
const foreignKeyViolation = "23503";

export class ForeignKeySteps {
  readonly #sessions: SessionPool;
  readonly #workers: number;

  /** @param options.workers validations at a time. */
  constructor(options: { sessions: SessionPool; workers: number }) {
    this.#sessions = options.sessions;
    this.#workers = options.workers;
  }

  /** @throws Refusal */
  async run(step: BuildForeignKeys): Promise<CommandResult> {
    const { waiting, refused, unvalidated } = await this.#inTransaction(
      "foreign key",
      (connection) => create(connection, step),
    );
    const byTable = Map.groupBy(unvalidated, ({ table }) => quoteName(table));
    // Those of one table lock each other out.
    const settled = await Promise.allSettled([...byTable.values()].map(async (keys) => {
      const failed: CommandResult["refused"] = [];
      for (const key of keys) {
        const error = await this.#validate(key);
        if (error !== undefined) failed.push({ object: key.object, error });
      }
      return failed;
    }));
    const validated = settled.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    return { waiting, refused: [...refused, ...validated.flat()] };
  }

  /** @returns why the rows do not allow it. */
  async #validate(key: UnvalidatedKey): Promise<string | undefined> {
    try {
      await this.#inTransaction("validation", async (connection) => {
        try {
          await validateForeignKey(connection, key);
        } catch (error) {
          throw isViolation(error) ? new RowsViolate(messageOf(error)) : error;
        }
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof RowsViolate)) throw error;
      // As if it had never been made: rows that it would keep from changing hold no table.
      if (key.isNew) {
        await this.#inTransaction("foreign key", (connection) => dropForeignKey(connection, key));
      }
      return error.message;
    }
  }

  /** What is short never waits for what is long. */
  async #inTransaction<Result>(
    kind: "foreign key" | "validation",
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const limit = { limit: kind === "foreign key" ? maxSteps : this.#workers, waiting: Infinity };
    return await this.#sessions.use(kind, limit, (session) => {
      const { connection } = session;
      return inTransaction(session, { current: undefined, touched: [] }, async () => {
        await connection.limitLockWaits(lockTimeoutMs);
        return await work(connection);
      });
    });
  }
}

class RowsViolate extends Error {}

function isViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate === foreignKeyViolation;
}

async function create(connection: Connection, step: BuildForeignKeys): Promise<ForeignKeyReport> {
  const snapshot = await readAppliedSnapshot(connection, step);
  const names = step.ready.map((table) => quoteName(table));
  const ready = new Set(names);
  const isReady = (table: BuildForeignKeys["ready"][number]) => ready.has(quoteName(table));
  const report = await buildForeignKeys(connection, snapshot, isReady, { validatesLater: true });
  // Now that the locks on both ends of each are held.
  if (report.created > 0) await assertReady(connection, step, names);
  return report;
}
