/**
 * One batch on its way: from its first frame to the target's answer. Its source transaction is over when
 * its last frame is read, long before the target has merged the rows; the session is free then.
 */
import { batchFrames, type FramesOptions } from "../batch/mod.ts";
import type { Acknowledgement, Frame } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { GiveWay } from "./give_way.ts";
import type { PreparedBatch } from "./prepared_batch.ts";
import type { TargetLink } from "./target_link.ts";

export interface Flight {
  prepared: PreparedBatch;
  /**
   * Resolves when no frame will be read any more: true where all were, so that the source's transaction is
   * committed. Never rejects.
   */
  read: Promise<boolean>;
  /** Never rejects. Once settled, nothing of the flight is on the session any more. */
  outcome: Promise<PromiseSettledResult<Acknowledgement>>;
  /** Cuts the request. The target rolls it back, unless it has its end already. */
  abandon: () => void;
}

export interface FlightOptions {
  link: TargetLink;
  /** Where GiveWay looks from. */
  control: Connection;
  reader: Connection;
  frames: Omit<FramesOptions, "target" | "toTargetSchema" | "load">;
  signal: AbortSignal;
}

/** Sends the batch; from now on its transaction is the flight's to end. */
export function launch(prepared: PreparedBatch, options: FlightOptions): Flight {
  const abandoned = new AbortController();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<boolean>();
  const acknowledged = send(prepared, {
    ...options,
    signal: AbortSignal.any([options.signal, abandoned.signal]),
    hasRead,
  });
  const outcome = Promise.allSettled([acknowledged]).then(([settled]) => {
    hasRead(false);
    return settled;
  });
  options.link.track(outcome);
  return { prepared, read, outcome, abandon: () => abandoned.abort() };
}

async function send(
  { batch }: PreparedBatch,
  { link, control, reader, frames, signal, hasRead }: FlightOptions & {
    hasRead: (isWhole: boolean) => void;
  },
): Promise<Acknowledgement> {
  const watch = await GiveWay.watch(control, reader);
  let isRead = false;
  async function* watched(): AsyncGenerator<Frame, void, void> {
    yield* batchFrames(reader, batch, {
      ...frames,
      load: null,
      target: link.name,
      toTargetSchema: link.toTargetSchema,
    });
    // The session may have another batch from here on, with a watch of its own.
    watch[Symbol.dispose]();
    isRead = true;
    hasRead(true);
  }
  const whole = watched();
  try {
    return await link.peer.sendBatch(whole, AbortSignal.any([signal, watch.signal]));
  } catch (error) {
    throw watch.reason ?? error;
  } finally {
    // A request that was cut leaves the frames in the middle of a statement, with a COMMIT to come.
    await whole.return();
    watch[Symbol.dispose]();
    if (!isRead) await reader.rollback();
  }
}
