/** Reads a stream of frames: messages one by one, and the raw data between them as a stream. */
import { type Frame, type Message, type MessageKind, type MessageOf } from "../model/mod.ts";
import { TeleportError } from "../model/mod.ts";

export class FrameReader {
  readonly #iterator: AsyncIterator<Frame>;
  #ahead: Frame | undefined;
  #messages = 0;

  constructor(frames: AsyncIterable<Frame>) {
    this.#iterator = frames[Symbol.asyncIterator]();
  }

  /** Messages read so far. */
  get messageCount(): number {
    return this.#messages;
  }

  /** @throws TeleportError `peer_protocol` at the end of the body or on data out of place. */
  async nextMessage(): Promise<Message> {
    const frame = await this.#next();
    if (frame === undefined) throw protocolError("The body ended before its end message");
    if (frame.kind !== "message") throw protocolError("Row data where a message was due");
    this.#messages += 1;
    return frame.message;
  }

  async expect<Kind extends MessageKind>(kind: Kind): Promise<MessageOf<Kind>> {
    const message = await this.nextMessage();
    if (isOfKind(message, kind)) return message;
    throw protocolError(`A ${message.kind} message where ${kind} was due`);
  }

  /** The data up to the next message. */
  async *data(): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      const frame = await this.#next();
      if (frame === undefined) throw protocolError("The body ended inside row data");
      if (frame.kind === "message") {
        this.#ahead = frame;
        return;
      }
      yield frame.bytes;
    }
  }

  /** @throws TeleportError `peer_protocol` when anything follows. */
  async expectEnd(): Promise<void> {
    if (await this.#next() !== undefined) throw protocolError("Frames after the end message");
  }

  async #next(): Promise<Frame | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) return ahead;
    const result = await this.#iterator.next();
    return result.done ? undefined : result.value;
  }
}

function isOfKind<Kind extends MessageKind>(
  message: Message,
  kind: Kind,
): message is MessageOf<Kind> {
  return message.kind === kind;
}

export function protocolError(text: string): TeleportError {
  return new TeleportError("peer_protocol", text, {
    hint: "Run the same version of teleport on both sides.",
  });
}
