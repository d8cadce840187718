/**
 * The body of an answer: `{"result": …}` or `{"problem": …}`, with spaces before it while the work
 * goes on, so that neither side nor anything between them takes a long commit for a dead connection.
 */
import { z } from "zod";
import { type Problem, problem, Refusal, TeleportError, toProblem } from "../model/mod.ts";

const statusOf = {
  transient: 503,
  conflict: 409,
  schema: 422,
  data: 422,
  operator: 500,
} as const satisfies Record<Problem["failure"], number>;

/** What a request is answered with; the body may come in parts, over a long time. */
export interface Answer {
  status: number;
  body: string | AsyncIterable<string>;
}

/**
 * Answers with the outcome of `work`. After `heartbeatMs` without one, the answer begins with status
 * 200 and a space every `heartbeatMs`, and the outcome stands in the body alone.
 */
export async function answer(work: Promise<unknown>, heartbeatMs: number): Promise<Answer> {
  const outcome = work.then(
    (result) => ({ body: JSON.stringify({ result }), status: 200 }),
    (error: unknown) => {
      const details = toProblem(error);
      return { body: JSON.stringify({ problem: details }), status: statusOf[details.failure] };
    },
  );
  const first = await withTimeout(outcome, heartbeatMs);
  return first ?? { status: 200, body: withHeartbeats(outcome, heartbeatMs) };
}

async function* withHeartbeats(
  outcome: Promise<{ body: string }>,
  heartbeatMs: number,
): AsyncGenerator<string, void, void> {
  while (true) {
    const settled = await withTimeout(outcome, heartbeatMs);
    yield settled?.body ?? " ";
    if (settled !== undefined) return;
  }
}

/**
 * The result that an answer's text holds.
 * @throws Refusal for a problem; TeleportError `peer_protocol` for anything else.
 */
export function readAnswer<Shape extends z.ZodType>(text: string, shape: Shape): z.output<Shape> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw notTeleport(cause);
  }
  const failed = z.object({ problem }).safeParse(json);
  if (failed.success) throw new Refusal(failed.data.problem);
  const wrapped = z.object({ result: z.unknown() }).safeParse(json);
  const parsed = shape.safeParse(wrapped.data?.result);
  if (parsed.success) return parsed.data;
  throw notTeleport(parsed.error);
}

function notTeleport(cause: unknown): TeleportError {
  return new TeleportError("peer_protocol", "The peer's answer is not one of teleport's", {
    hint: "Check that the endpoint is a teleport instance of the same version.",
    cause,
  });
}

async function withTimeout<Value>(
  work: Promise<Value>,
  timeoutMs: number,
): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
