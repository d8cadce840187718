/** What processes have used, as /proc tells: processor time and memory. Linux only. */
import { z } from "zod";

/** USER_HZ of every Linux that Deno runs on. */
const ticksPerSecond = 100;

interface ProcessTimes {
  parent: number;
  /** Ticks of the process itself. */
  own: number;
  /** Ticks of its children that have ended. */
  ended: number;
}

/** Processor seconds of one process, user and system. */
export function cpuSecondsOf(pid: number): number {
  const times = readTimes(pid);
  if (times === undefined) throw new Error(`There is no process ${pid}`);
  return times.own / ticksPerSecond;
}

/** Processor seconds of a server: its postmaster, every backend there is, and those that have ended. */
export function serverCpuSeconds(postmaster: number): number {
  let ticks = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const times = readTimes(Number(name));
    if (times === undefined) continue;
    if (Number(name) === postmaster) ticks += times.own + times.ended;
    else if (times.parent === postmaster) ticks += times.own;
  }
  return ticks / ticksPerSecond;
}

/** The most memory that a process ever had resident, in MB. */
export function peakRssMb(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return z.coerce.number().parse(match?.[1]) / 1024;
}

/** The fields of /proc/PID/stat after the program's name, which may hold spaces and parentheses. */
function readTimes(pid: number): ProcessTimes | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    // It has ended since the listing.
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { parent, own: user + system, ended: endedUser + endedSystem };
}
