/**
 * What was found of the relations in an earlier batch: while a relation's marks stay the same, its key
 * and its columns need not be read again. Asking the plan of capture takes 3 ms, a small batch 8.
 */
import type { SentColumn } from "./columns.ts";
import type { RelationShape } from "./relation_shape.ts";

interface Verified {
  marks: string;
  columns: readonly SentColumn[];
}

export class VerifiedRelations {
  readonly #known = new Map<number, Verified>();

  /** Columns whose values travel, where the key is known to be what capture knows; else undefined. */
  columnsOf(shape: RelationShape): readonly SentColumn[] | undefined {
    const known = this.#known.get(shape.root);
    return known !== undefined && shape.isPlain && known.marks === shape.marks
      ? known.columns
      : undefined;
  }

  /** Remembers that the key of a relation of this shape is what capture knows. */
  add({ root, marks }: RelationShape, columns: readonly SentColumn[]): void {
    this.#known.set(root, { marks, columns });
  }

  /** To be called when capture has been synced. */
  clear(): void {
    this.#known.clear();
  }
}
