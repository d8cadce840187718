/**
 * What the load is held against: COPY TO STDOUT into COPY FROM STDIN over two plain sessions, as two psql
 * with a pipe between them; then the same keys and indexes one after another, then ANALYZE. The table is made
 * in a transaction of its own, so its rows are logged like anybody's.
 */
import { Connection } from "../../src/postgres/mod.ts";
import { cpuSecondsOf } from "./cpu.ts";
import { type LoadRun, watchServers } from "./load_run.ts";
import type { LoadStage } from "./load_stage.ts";
import type { LoadTable } from "./load_tables.ts";

export async function runPipe(stage: LoadStage, tables: readonly LoadTable[]): Promise<LoadRun> {
  await using target = await stage.openTarget();
  await using reader = await Connection.open(stage.source, "bench");
  await using writer = await Connection.open(target.config, "bench");
  for (const { create } of tables) await writer.run(create);
  const servers = watchServers(stage.stage);
  const ownBefore = cpuSecondsOf(Deno.pid);
  const begunAt = performance.now();
  let copySeconds = 0;
  for (const { name, keys } of tables) {
    const copyAt = performance.now();
    const rows = reader.copyOut(`copy public.${name} to stdout`);
    await writer.copyIn(`copy public.${name} from stdin`, rows);
    copySeconds += (performance.now() - copyAt) / 1000;
    for (const key of keys) await writer.run(key);
    await writer.run(`analyze public.${name}`);
  }
  const seconds = (performance.now() - begunAt) / 1000;
  const cpu = { pipe: cpuSecondsOf(Deno.pid) - ownBefore, ...servers() };
  await stage.compare(target, tables);
  return { seconds, copySeconds, cpu };
}
