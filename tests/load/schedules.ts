/**
 * Random schedules, a few tables at a time in one pair of databases. TELEPORT_TEST_SCHEDULES says how many of each
 * kind there are over all pairs of servers, TELEPORT_TEST_SEED repeats them, TELEPORT_TEST_SCHEDULE runs that one
 * number of each kind alone (and `--filter` one kind).
 */
import { Random, say } from "../pair/mod.ts";
import { openServers, type ServerPair } from "../postgres/mod.ts";
import { type Kind, kinds } from "./kinds.ts";
import { ScheduleLane, tables } from "./schedule_lane.ts";

/** Of every test of this process. */
export const seed = Number(
  Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32),
);
const schedules = Number(Deno.env.get("TELEPORT_TEST_SCHEDULES") ?? 200);
const alone = Deno.env.get("TELEPORT_TEST_SCHEDULE");

/**
 * Which servers each kind of table is tried between. Before 11 partitioned tables have no keys; before 14 chunks
 * are ranges of keys.
 */
const pairs = {
  plain: [[10, 18], [14, 14], [18, 10]],
  partitioned: [[14, 14], [18, 18]],
} as const satisfies Record<string, readonly (readonly [number, number])[]>;

/** Registers the tests of the schedules whose source is of this major. */
export function testSchedules(major: number): void {
  const servers = new Map<number, Promise<ServerPair>>();
  const lanes = new Map<string, ScheduleLane>();
  for (const kind of kinds) {
    const all = kind.isPartitioned ? pairs.partitioned : pairs.plain;
    const place = all.findIndex(([source]) => source === major);
    const [source, target] = all[place] ?? [];
    if (source === undefined || target === undefined) continue;
    const count = kind.isMixed ? Math.ceil(schedules / 2) : schedules;
    const numbers = Array.from({ length: count }, (_, number) => number)
      .filter((number) => number % all.length === (place + seed) % all.length);
    const name = `Random schedules of ${kind.name} between chunks end exact, from PostgreSQL ` +
      `${source} to ${target}`;
    if (kind.known !== undefined && !Deno.env.has("TELEPORT_TEST_KNOWN")) {
      say(`Left out: ${name}: ${kind.known} (TELEPORT_TEST_KNOWN=1 runs it)`);
      continue;
    }
    Deno.test(name, async () => {
      const opened = servers.get(target) ?? openServers({ source, target });
      servers.set(target, opened);
      const structure = `${kind.isPartitioned} ${kind.hasExtra}`;
      const lane = lanes.get(structure) ?? await ScheduleLane.open(await opened, kind);
      // One that fails leaves the lane as it happened to be.
      lanes.delete(structure);
      await runAll(lane, { kind, numbers });
      lanes.set(structure, lane);
    });
  }
  Deno.test.afterAll(async () => {
    for (const lane of lanes.values()) await lane[Symbol.asyncDispose]();
    for (const opened of servers.values()) await (await opened)[Symbol.asyncDispose]();
  });
}

async function runAll(
  lane: ScheduleLane,
  { kind, numbers }: { kind: Kind; numbers: readonly number[] },
): Promise<void> {
  const begun = Date.now();
  let run = 0;
  try {
    for (let first = 0; first < numbers.length; first += tables) {
      const round = numbers.slice(first, first + tables)
        .map((number, place) => ({ number, place, random: new Random(seed).fork(number) }))
        .filter(({ number }) => alone === undefined || number === Number(alone));
      if (round.length === 0) continue;
      await lane.run(kind, { round, random: new Random(seed).fork(-1 - first) });
      run += round.length;
    }
  } catch (error) {
    await lane[Symbol.asyncDispose]();
    throw new Error(`TELEPORT_TEST_SEED=${seed}: ${error}`, { cause: error });
  }
  say(`TELEPORT_TEST_SEED=${seed}: ${run} schedules of ${kind.name}, ${Date.now() - begun} ms`);
}
