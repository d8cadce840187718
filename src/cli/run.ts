/** `teleport --config F`: one instance, until a signal ends it. */
import { Instance, onSignals } from "../daemon/mod.ts";
import { type Config, exitCode } from "../model/mod.ts";
import type { RunOptions } from "./main.ts";

export async function runReplicate(
  config: Config,
  { log, version }: RunOptions,
): Promise<number> {
  const instance = await Instance.start({ config, version, log, serves: true });
  let stopping: Promise<void> | undefined;
  using _signals = onSignals((signal) => {
    log.info("Stopping: what is under way comes to an end first", { signal });
    stopping = instance.stop();
  });
  await instance.finished;
  await stopping;
  log.info("Stopped");
  return exitCode.done;
}
