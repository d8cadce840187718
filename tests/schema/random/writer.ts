/** Random writes into whatever tables there are. DDL may refuse them; capture never may. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import type { Random } from "../../pair/mod.ts";
import { connect, type Session } from "../../postgres/mod.ts";
import { type Column, nameOf, readWorld, type Table, type World } from "./catalog.ts";

/** How many writes go by one look at the catalogs. */
const writesPerLook = 10;

export class Writer {
  readonly #url: string;
  readonly #random: Random;
  #isPaused = false;
  #isDone = false;
  #resting: (() => void) | undefined;
  #resume: (() => void) | undefined;
  written = 0;
  refused = 0;

  constructor(url: string, random: Random) {
    this.#url = url;
    this.#random = random;
  }

  /** Until `end`. Rejects where a statement fails for a reason that is not the application's own. */
  async run(): Promise<void> {
    await using session = await connect(this.#url);
    let world: World = await readWorld(session);
    while (!this.#isDone) {
      if (this.#isPaused) {
        await new Promise<void>((resume) => {
          this.#resume = resume;
          this.#resting?.();
        });
        continue;
      }
      if (this.#random.chance(1 / writesPerLook)) world = await readWorld(session);
      if (world.tables.length > 0) await this.#write(session, this.#random.pick(world.tables));
    }
    this.#resting?.();
  }

  /** Resolves when the writer is between two transactions, where it stays. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    if (this.#isDone) return;
    await new Promise<void>((resting) => this.#resting = resting);
  }

  resume(): void {
    this.#isPaused = false;
    this.#resting = undefined;
    this.#resume?.();
  }

  end(): void {
    this.#isDone = true;
    this.resume();
  }

  async #write(session: Session, table: Table): Promise<void> {
    const statements = Array.from({ length: this.#random.int(1, 3) }, () => this.#statement(table));
    try {
      await session.query(`begin; ${statements.join("; ")}; commit`);
      this.written += 1;
    } catch (error) {
      await session.query("rollback");
      this.refused += 1;
      const { message, where = "" } = error as { message: string; where?: string };
      if (/teleport/.test(`${message} ${where}`)) throw new Error(`${message}\n${where}`);
    }
  }

  #statement(table: Table): string {
    const random = this.#random;
    const name = nameOf(table);
    const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
    const some = columns.filter(({ isKey, isNotNull }) => isKey || isNotNull || random.chance(0.7));
    const column = random.pick(table.columns);
    const where = `${quoteIdentifier(column.name)}::text like '%${random.int(0, 9)}'`;
    const target = columns.length === 0 ? undefined : random.pick(columns);
    switch (random.int(0, 5)) {
      case 0:
        return `delete from ${name} where ${where}`;
      case 1:
      case 2:
        if (target === undefined) return "select 1";
        return `update ${name} set ${quoteIdentifier(target.name)} = ${
          valueOf(target, random)
        } where ${where}`;
      default:
        if (some.length === 0) return `insert into ${name} default values`;
        return `insert into ${name} (${
          some.map((one) => quoteIdentifier(one.name)).join(", ")
        }) values (${some.map((one) => valueOf(one, random)).join(", ")})`;
    }
  }
}

function valueOf({ category, type, label, isNotNull }: Column, random: Random): string {
  if (!isNotNull && random.chance(0.2)) return "null";
  const number = random.int(1, 400);
  switch (category) {
    case "N":
      return String(number);
    case "B":
      return String(random.chance(0.5));
    case "D":
      return `'2020-01-0${random.int(1, 9)}'`;
    case "E":
      return `'${label}'`;
    case "A":
      return `'{${number}}'`;
    case "C":
      return `'(${number},x)'`;
    case "S":
      return `'text ${number}'`;
    default:
      if (type === "jsonb") return `'{"a": ${number}}'`;
      return type === "uuid" ? `md5('${number}')::uuid` : "null";
  }
}
