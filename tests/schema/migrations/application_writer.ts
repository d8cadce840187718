/** A process of the application: writes whatever the schema takes at the moment. */
import type { Random } from "../../pair/mod.ts";
import type { Session } from "../../postgres/mod.ts";
import { PausableWriter } from "../live/pausable_writer.ts";
import { chooseTransaction, textOf } from "./application.ts";

export class ApplicationWriter extends PausableWriter {
  readonly #random: Random;

  constructor(url: string, random: Random) {
    super(url);
    this.#random = random;
  }

  protected override async write(session: Session): Promise<void> {
    const places = chooseTransaction(this.#random);
    const texts = places.map((place) => textOf(place, this.#random.int(0, 40)));
    await this.transact(session, texts);
  }
}
