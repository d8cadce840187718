/** What the HTTP server hands requests to: the applier of an active instance, a refusal otherwise. */
import type { Applier } from "../apply/mod.ts";
import { Refusal } from "../model/mod.ts";
import type { Receiver } from "../peer/mod.ts";

export class InstanceReceiver implements Receiver {
  /** Set while the instance is active. */
  applier: Applier | undefined;
  readonly #readStatus: () => Promise<unknown>;

  constructor(readStatus: () => Promise<unknown>) {
    this.#readStatus = readStatus;
  }

  readonly readPosition: Receiver["readPosition"] = (source, target) =>
    this.#use((applier) => applier.readPosition(source, target));

  readonly applyBatch: Receiver["applyBatch"] = (frames) =>
    this.#use((applier) => applier.applyBatch(frames));

  readonly applyChunk: Receiver["applyChunk"] = (frames) =>
    this.#use((applier) => applier.applyChunk(frames));

  readonly runCommand: Receiver["runCommand"] = (command) =>
    this.#use((applier) => applier.runCommand(command));

  readonly readStatus: Receiver["readStatus"] = () => this.#readStatus();

  async #use<Result>(work: (applier: Applier) => Promise<Result>): Promise<Result> {
    if (this.applier !== undefined) return await work(this.applier);
    throw new Refusal({
      failure: "transient",
      code: "peer_refused",
      message: "This instance is not active: it starts, stops or stands by for another",
    });
  }
}
