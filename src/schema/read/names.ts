/** What people call objects, while a snapshot is being collected. */
import { displayName } from "../../model/mod.ts";
import type { RelationRow } from "../catalog/mod.ts";
import type { SchemaObject } from "../object.ts";
import { wordOf } from "./closure.ts";

export class Names {
  readonly #objects: (id: string) => SchemaObject | undefined;
  readonly #relations: readonly RelationRow[];

  constructor(options: {
    objects: (id: string) => SchemaObject | undefined;
    relations: readonly RelationRow[];
  }) {
    this.#objects = options.objects;
    this.#relations = options.relations;
  }

  /** Kind and name, of what the snapshot does not hold too. */
  describe(id: string): string {
    const object = this.#objects(id);
    if (object?.kind === "leftOut") return `${object.what} ${object.name}`;
    if (object !== undefined) return `${wordOf(object)} ${this.nameOf(object)}`;
    const [, oid] = id.split(/[:.]/);
    const relation = this.#relations.find((row) => row.oid === oid);
    if (relation !== undefined) return displayName(relation);
    return id.startsWith("pg_") ? `an object of ${id.split(":")[0]}` : id;
  }

  nameOf(object: SchemaObject): string {
    if ("schema" in object) return displayName(object);
    const table = "table" in object ? this.#objects(object.table) : undefined;
    const prefix = table === undefined ? "" : `${this.nameOf(table)}.`;
    if (object.kind === "default") {
      const column = this.#objects(object.column);
      return column === undefined ? object.id : this.nameOf(column);
    }
    return "name" in object ? prefix + object.name : object.id;
  }
}
