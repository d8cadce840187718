/**
 * What a target answers when it does not do as asked, and the error that the source makes of it.
 */
import { z } from "zod";
import { messageOf, TeleportError } from "./error.ts";
import type { QualifiedName } from "./identifier.ts";
import { qualifiedName, storedPosition } from "./message.ts";

/**
 * - `transient`: try again later. - `conflict`: the target holds another position, given here.
 * - `schema`: send the schema again. - `data`: hold `table`. - `operator`: somebody has to act.
 */
export const problem = z.object({
  failure: z.enum(["transient", "conflict", "schema", "data", "operator"]),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  sqlstate: z.string().optional(),
  table: qualifiedName.optional(),
  stored: storedPosition.optional(),
});
export type Problem = z.output<typeof problem>;

/** Thrown where a batch, chunk or command is applied; crosses the wire as a Problem. */
export class Refusal extends TeleportError {
  override readonly name = "Refusal";
  readonly problem: Problem;

  constructor(details: Problem, cause?: unknown) {
    super(details.failure === "conflict" ? "position_conflict" : "peer_refused", details.message, {
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      context: {
        failure: details.failure,
        ...(details.sqlstate === undefined ? {} : { sqlstate: details.sqlstate }),
      },
      cause,
    });
    this.problem = details;
  }

  get table(): QualifiedName | undefined {
    return this.problem.table;
  }
}

/** The problem that any thrown error is to a peer. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  if (error instanceof TeleportError) {
    return {
      failure: error.code === "database_unreachable" ? "transient" : "operator",
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return { failure: "operator", code: "bug", message: messageOf(error) };
}
