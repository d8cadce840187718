/** Which phases of a load are under way, as both databases tell. */
import type { Pair } from "../../pair/mod.ts";
import { runSql } from "../../postgres/mod.ts";
import type { Observer } from "../../replication/crash/observer.ts";
import onSource from "./phases_source.sql" with { type: "text" };
import onTarget from "./phases_target.sql" with { type: "text" };

export class Phases {
  readonly #observers: { source: Observer; target: Observer };
  readonly #foreignKeys: number;

  private constructor(observers: { source: Observer; target: Observer }, foreignKeys: number) {
    this.#observers = observers;
    this.#foreignKeys = foreignKeys;
  }

  static async open(
    { source }: Pair,
    observers: { source: Observer; target: Observer },
  ): Promise<Phases> {
    const [row] = await runSql<{ count: number }>(
      source.server.url(source.name),
      "select count(*)::int from pg_constraint where contype = 'f' and conparentid = 0",
    );
    return new Phases(observers, row?.count ?? 0);
  }

  /** Empty when everything is loaded and built; undefined where a server is away. */
  async look(): Promise<string[] | undefined> {
    const { source, target } = this.#observers;
    const [ours, theirs] = await Promise.all([
      source.look(onSource),
      target.look(onTarget, [this.#foreignKeys]),
    ]);
    return ours && theirs && [...ours, ...theirs].map(({ phase }) => String(phase));
  }
}
