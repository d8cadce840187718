/**
 * Runs steps inside the caller's transaction, each undone by itself when the target refuses it.
 *
 * Many steps share a round trip and a savepoint while all goes well; a refusal splits them. Refused
 * steps are tried again until a pass makes no progress; a step waits while one that it needs is refused.
 */
import { messageOf } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { partsOf, type Step } from "./plan/mod.ts";

const maxStepsAtOnce = 100;

/** What is asked after a step: whether it is what was meant, or else why not. */
export interface StepCheck {
  findMistake(): Promise<string | undefined>;
}

/** Why a step was not done. */
export interface StepRefusal {
  error: string;
  /** Nobody refused it: it waits for an index that is built beside the batches, or is the building of one. */
  isPostponed: boolean;
}

/** By the step's id. */
export type Refusals = Map<string, StepRefusal>;

interface StepSession {
  connection: Connection;
  check: StepCheck | undefined;
}

/** @throws DatabaseError of the transient and unreachable classes: the caller tries everything again. */
export async function executeSteps(
  connection: Connection,
  steps: readonly Step[],
  check?: StepCheck,
): Promise<Refusals> {
  const refusals: Refusals = new Map();
  const session = { connection, check };
  let open = [...steps];
  for (let isProgressing = true; isProgressing && open.length > 0;) {
    const next = await runPass(session, open, refusals);
    isProgressing = next.length < open.length;
    open = next;
  }
  return refusals;
}

/** @returns the steps that are still open. */
async function runPass(
  session: StepSession,
  steps: readonly Step[],
  refusals: Refusals,
): Promise<Step[]> {
  const later: Step[] = [];
  const done = (step: Step) => {
    for (const { id } of partsOf(step)) refusals.delete(id);
  };
  for (let at = 0; at < steps.length; at += maxStepsAtOnce) {
    const chunk = steps.slice(at, at + maxStepsAtOnce);
    const isFresh = chunk.every((step) =>
      step.postponed === undefined && !isRefused(step, refusals) &&
      findWait(step, refusals) === undefined
    );
    if (
      isFresh &&
      await tryStatements(session, chunk.flatMap((step) => step.statements)) === undefined
    ) {
      chunk.forEach(done);
      continue;
    }
    for (const step of chunk) {
      const refusal = findWait(step, refusals) ?? await tryStep(session, step);
      if (refusal === undefined) done(step);
      else {
        for (const { id } of partsOf(step)) refusals.set(id, refusal);
        later.push(step);
      }
    }
  }
  return later;
}

function isRefused(step: Step, refusals: Refusals): boolean {
  return partsOf(step).some(({ id }) => refusals.has(id));
}

/** What is refused goes before what is only postponed: it may need somebody to do something. */
function findWait(step: Step, refusals: Refusals): StepRefusal | undefined {
  const waits = step.dependsOn.flatMap((id) => {
    const refusal = refusals.get(id);
    return refusal === undefined ? [] : [{ ...refusal, error: `waits for ${id}` }];
  });
  return waits.find(({ isPostponed }) => !isPostponed) ?? waits[0];
}

async function tryStep(session: StepSession, step: Step): Promise<StepRefusal | undefined> {
  if (step.postponed !== undefined) return { error: "", isPostponed: true };
  const error = await tryStatements(session, step.statements);
  if (error === undefined) return undefined;
  const isDone = step.fallback !== undefined &&
    await tryStatements(session, step.fallback) === undefined;
  return isDone ? undefined : { error, isPostponed: false };
}

/** @returns the server's message or the check's, or undefined when all went well. */
async function tryStatements(
  { connection, check }: StepSession,
  statements: readonly string[],
): Promise<string | undefined> {
  const release = "release savepoint teleport_step";
  // One round trip: what follows a failed statement is not run.
  const text = ["savepoint teleport_step", ...statements, ...check === undefined ? [release] : []];
  let mistake: string | undefined;
  try {
    await connection.run(text.join(";\n"));
    if (check === undefined) return undefined;
    mistake = await check.findMistake();
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isRefusal(error)) throw error;
    mistake = messageOf(error);
  }
  const undo = mistake === undefined ? [] : ["rollback to savepoint teleport_step"];
  await connection.run([...undo, release].join("; "));
  return mistake;
}

function isRefusal(error: DatabaseError): boolean {
  return error.failureClass !== "transient" && error.failureClass !== "unreachable";
}
