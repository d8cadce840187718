/** Random writes into whatever tables there are. DDL may refuse them; capture never may. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import type { Random } from "../../pair/mod.ts";
import type { Session } from "../../postgres/mod.ts";
import { PausableWriter } from "../live/pausable_writer.ts";
import { type Column, nameOf, readWorld, type Table, type World } from "./catalog.ts";

/** How many writes go by one look at the catalogs. */
const writesPerLook = 10;

export class Writer extends PausableWriter {
  readonly #random: Random;
  #world: World | undefined;

  constructor(url: string, random: Random) {
    super(url);
    this.#random = random;
  }

  protected override async write(session: Session): Promise<void> {
    const isStale = this.#random.chance(1 / writesPerLook);
    const world = this.#world === undefined || isStale ? await readWorld(session) : this.#world;
    this.#world = world;
    if (world.tables.length === 0) return;
    const table = this.#random.pick(world.tables);
    const count = this.#random.int(1, 3);
    await this.transact(session, Array.from({ length: count }, () => this.#statement(table)));
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
