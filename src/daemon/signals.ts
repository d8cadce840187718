/** SIGINT and SIGTERM: the first one drains, the second one ends the process at once. */
import { exitCode } from "../model/mod.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Listens until disposed. */
export function onSignals(drain: (signal: Deno.Signal) => void): Disposable {
  let received = 0;
  const listeners = signals.map((signal) => {
    const listener = () => {
      received += 1;
      if (received > 1) Deno.exit(exitCode.runtime);
      drain(signal);
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return {
    [Symbol.dispose]: () => {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
