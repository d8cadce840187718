/** Idle: what a running pair uses while nobody writes, of processors and of WAL. */
import { say } from "../pair/mod.ts";
import { serverCpuSeconds } from "./cpu.ts";
import { caughtUp, type Lane, settle } from "./lane.ts";
import { median } from "./median.ts";
import { openNativeLane } from "./native_lane.ts";
import {
  type Aim,
  atMost,
  below,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
} from "./section.ts";
import type { Stage } from "./stage.ts";
import { openTeleportLane } from "./teleport_lane.ts";
import { describeWal, setAutovacuum, walBytes, walPosition, walQuiet } from "./wal.ts";

const sides = ["source", "target"] as const;
const processes = ["source instance", "target instance", "source server", "target server"] as const;

interface Use {
  /** Percent of a core, by process. */
  cpu: Record<string, number>;
  /** Bytes, by side. */
  wal: Record<string, number>;
  /** What the WAL was, by side. */
  records: string[];
}

type Variant = "nothing" | "teleport" | "native";

export async function idle({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const seconds = isQuick ? 5 : 30;
  await using teleport = await openTeleportLane({ stage, scale: 1 });
  await using native = await openNativeLane({ stage, scale: 1 });
  const uses: Record<Variant, Use[]> = { nothing: [], teleport: [], native: [] };
  const lanes = [["nothing", undefined], ["teleport", teleport], ["native", native]] as const;
  for (let round = 1; round <= rounds; round++) {
    for (const [name, lane] of lanes) {
      const use = await measure(stage, lane, seconds);
      uses[name].push(use);
      say(`  round ${round}, ${name}: ${describe(use)}`);
    }
  }
  return report(uses, seconds);
}

async function measure(stage: Stage, lane: Lane | undefined, seconds: number): Promise<Use> {
  const running = await lane?.start();
  if (lane !== undefined) {
    await caughtUp(lane.pair);
    await settle(lane.pair);
  }
  const servers = sides.map((side) => stage[side]);
  await setAutovacuum(servers, "off");
  await walQuiet(servers, 200_000);
  const cpuNow = (): Record<string, number> => ({
    ...running?.cpuSeconds(),
    "source server": serverCpuSeconds(stage.source.pid),
    "target server": serverCpuSeconds(stage.target.pid),
  });
  const from = await Promise.all(servers.map(walPosition));
  const before = cpuNow();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const elapsed = (performance.now() - startedAt) / 1000;
  const after = cpuNow();
  const to = await Promise.all(servers.map(walPosition));
  await setAutovacuum(servers, "on");
  await running?.stop();
  const use: Use = { cpu: {}, wal: {}, records: [] };
  for (const [name, value] of Object.entries(after)) {
    use.cpu[name] = 100 * (value - (before[name] ?? 0)) / elapsed;
  }
  for (const [index, side] of sides.entries()) {
    const range = { from: from[index] ?? "", to: to[index] ?? "" };
    const bytes = await walBytes(stage[side], range);
    use.wal[side] = bytes;
    const records = bytes > 0 ? await describeWal(stage[side], range) : undefined;
    if (records !== undefined) use.records.push(`${side}: ${records}`);
  }
  return use;
}

function report(uses: Record<Variant, Use[]>, seconds: number): SectionResult {
  const cpuLine = (name: string, aim?: Aim): Line => {
    const of = (variant: Variant) => median(uses[variant].map(({ cpu }) => cpu[name] ?? 0));
    const isServer = name.endsWith("server");
    return {
      what: `idle, ${name}, of a core`,
      teleport: percent(of("teleport")),
      ...(isServer ? { baseline: percent(of("nothing")), native: percent(of("native")) } : {}),
      ...(aim === undefined ? {} : judged(aim, of("teleport"))),
    };
  };
  const walLine = (side: string): Line => {
    const of = (variant: Variant) => median(uses[variant].map(({ wal }) => wal[side] ?? 0));
    return {
      what: `idle, WAL of the ${side} in ${seconds} s`,
      baseline: bytes(of("nothing")),
      teleport: bytes(of("teleport")),
      native: bytes(of("native")),
      ...judged(atMost(0, " bytes"), of("teleport")),
    };
  };
  const both = median(
    uses.teleport.map(({ cpu }) => (cpu["source instance"] ?? 0) + (cpu["target instance"] ?? 0)),
  );
  const notes = (["nothing", "teleport", "native"] as const).flatMap((variant) => {
    const records = new Set(uses[variant].flatMap((use) => use.records));
    return [...records].map((text) => `WAL while idle, ${variant} running, ${text}.`);
  });
  return {
    lines: [
      ...processes.map((name) =>
        name.endsWith("instance") ? cpuLine(name, below(2, " %")) : cpuLine(name)
      ),
      { what: "idle, both instances, of a core", teleport: percent(both) },
      ...sides.map(walLine),
    ],
    notes,
  };
}

function describe({ cpu, wal, records }: Use): string {
  const shares = Object.entries(cpu).map(([name, value]) => `${name} ${percent(value)}`);
  const written = Object.entries(wal).map(([side, value]) => `${side} ${bytes(value)} of WAL`);
  return [...shares, ...written, ...records].join(", ");
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function bytes(value: number): string {
  return `${value.toLocaleString("en-US")} bytes`;
}
