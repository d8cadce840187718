/**
 * kill -9 of each of the processes of a load: both instances, both servers, the command; at random moments and
 * at those of each phase, with clients that write. TELEPORT_TEST_SEED repeats the choices (not the
 * processes' timing), TELEPORT_TEST_STRIKES makes it longer.
 */
import { ok, strictEqual } from "node:assert/strict";
import { Random, say, waitFor } from "../pair/mod.ts";
import progress from "../replication/crash/progress.sql" with { type: "text" };
import { carryOut } from "./kill/carry_out.ts";
import { assertNothingIsLeft } from "./kill/leftovers.ts";
import { Rounds } from "./kill/rounds.ts";
import { chunksInFlight, openScene, type Scene, tables } from "./kill/scene.ts";
import { SessionWatch } from "./kill/session_watch.ts";
import { describeStrike, planStrikes, type Strike } from "./kill/strikes.ts";

const strikes = Number(Deno.env.get("TELEPORT_TEST_STRIKES") ?? 100);
const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const recoveryMs = 180_000;
const slackMs = 1000;

const plan = planStrikes(new Random(seed), strikes);

Deno.test("kill -9 of instances, servers and the command: each load goes on where it was and ends exact", async () => {
  say(`TELEPORT_TEST_SEED=${seed}, ${plan.served.length} of ${strikes} strikes`);
  await using stack = new AsyncDisposableStack();
  const random = new Random(seed + 1);
  const scene = await openScene(stack, { random, major: random.pick([14, 18]) });
  const rounds = stack.use(new Rounds(scene));
  await assertTransactionsAreShort(scene, rounds);
  await strikeAll(plan.served, scene, rounds);
});

Deno.test("kill -9 of a command that loads by itself, of the servers and the target's instance: the next command goes on", async () => {
  say(`TELEPORT_TEST_SEED=${seed}, ${plan.alone.length} of ${strikes} strikes`);
  await using stack = new AsyncDisposableStack();
  const random = new Random(seed + 2);
  const scene = await openScene(stack, { random, major: random.pick([14, 18]) });
  const rounds = stack.use(new Rounds(scene));
  strictEqual(await scene.source?.stop(), 0);
  scene.source = undefined;
  await strikeAll(plan.alone, scene, rounds);
});

/** A whole load without a strike, while clients write. */
async function assertTransactionsAreShort(scene: Scene, rounds: Rounds): Promise<void> {
  const watch = new SessionWatch(
    scene.observers.source,
    scene.pair.sourceConfig.database.username,
  );
  const begunAt = Date.now();
  await rounds.begin();
  await watch.run(() => {
    rounds.assertWell();
    return rounds.command?.isDone ?? true;
  });
  const loadMs = Date.now() - begunAt;
  await rounds.end();
  const { longestMs, chunks } = await scene.witness.tell();
  const { oldest, longestHeld } = watch;
  say(
    `${chunks} chunks in ${loadMs} ms, the longest ${longestMs} ms; ${watch.transactions} transactions seen, ` +
      `the oldest ${Math.round(oldest.ms)} ms (${oldest.what}); ${watch.horizons} horizons seen, ` +
      `the longest held ${Math.round(longestHeld.ms)} ms (${longestHeld.what})`,
  );
  // A catch-up is no chunk, and a busy machine may keep anybody waiting.
  const most = Math.min(3 * longestMs + slackMs, loadMs / 4);
  ok(oldest.ms < most, `A transaction was ${oldest.ms} ms old: ${oldest.what}`);
  ok(longestHeld.ms < most, `xmin was held for ${longestHeld.ms} ms: ${longestHeld.what}`);
}

async function strikeAll(strikes: readonly Strike[], scene: Scene, rounds: Rounds): Promise<void> {
  const startedAt = Date.now();
  const seenPhases: Record<string, number> = {};
  for (const strike of strikes) {
    const seen = await rounds.moment(strike) ?? ["recovering"];
    for (const phase of seen) seenPhases[phase] = (seenPhases[phase] ?? 0) + 1;
    say(`${describeStrike(strike)} during ${seen.join(", ")}`);
    await carryOut(strike, { scene, rounds });
    if (!strike.isFollowedAtOnce) await worksAgain(scene, rounds);
  }
  await rounds.end();
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const told = await scene.witness.tell();
  say(
    `${rounds.begun} loads, ${rounds.written} transactions written, ${told.chunks} chunks, ` +
      `${told.sendings} sendings (${told.ofStored} of chunks that were stored), ${seconds} s, ` +
      `during ${JSON.stringify(seenPhases)}`,
  );
  strictEqual(told.ofDone, 0, "A chunk that was done was sent again");
  strictEqual(told.loads, rounds.begun * tables.length, "A load began from nothing again");
  ok(told.ofStored <= chunksInFlight * strikes.length, "More was done again than was in flight");
  for (const kept of [scene.source, scene.target]) {
    if (kept !== undefined) strictEqual(await kept.stop(), 0, kept.log.slice(-4000));
  }
  await assertNothingIsLeft(scene.pair);
}

/** The target applies something again. */
async function worksAgain({ observers }: Scene, rounds: Rounds): Promise<void> {
  const read = async () => (await observers.target.look(progress))?.[0]?.progress;
  let before: unknown;
  await waitFor(async () => {
    rounds.assertWell();
    before ??= await read();
    const now = await read();
    return before !== undefined && now !== undefined && now !== before || await rounds.isOver();
  }, { what: "work to go on", deadlineMs: recoveryMs, explain: () => rounds.explain() });
}
