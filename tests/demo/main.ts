/**
 * `deno task demo`: see usage in options.ts. Ends with 0 where source and target are equal, 1 where
 * they differ or anything failed, 2 on a wrong option, 130 where it was interrupted.
 */
import { Demo, Interrupted } from "./demo.ts";
import { type DemoOptions, parseOptions, usage } from "./options.ts";
import { say } from "./terminal.ts";

const interrupted = 130;

async function main(words: readonly string[]): Promise<number> {
  let options: DemoOptions | undefined;
  try {
    options = parseOptions(words);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (options === undefined) {
    say(usage.trimEnd());
    return 0;
  }
  return await run(options);
}

/** The first signal ends the demo in order, the second at once. */
async function run(options: DemoOptions): Promise<number> {
  const demo = new Demo(options);
  let isInterrupted = false;
  const onSignal = () => {
    if (isInterrupted) {
      demo.kill();
      Deno.exit(interrupted);
    }
    isInterrupted = true;
    say("\nInterrupted: everything that was started ends now");
    demo.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  try {
    const isSame = await demo.run();
    return isSame ? 0 : 1;
  } catch (error) {
    if (error instanceof Interrupted) return interrupted;
    say();
    say(`Failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
