/** What the measurements were made on, in one sentence. */
export async function describeMachine(major: number): Promise<string> {
  const cpu = /^model name\s*:\s*(.*)$/m.exec(await readOr("/proc/cpuinfo"))?.[1] ?? "unknown";
  const gigabytes = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const cores = navigator.hardwareConcurrency;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${cores} cores (${cpu}), ${gigabytes} GB, Linux ${Deno.osRelease()}, ` +
    `PostgreSQL ${major}, Deno ${Deno.version.deno}. Load average before: ` +
    `${Deno.loadavg()[0]?.toFixed(1)}.`;
}

async function readOr(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
