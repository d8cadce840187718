/**
 * `deno task bench`: see usage in options.ts. Ends with 0 also where an aim is missed, which the table
 * says, unless --strict; with 1 where anything failed, 2 on a wrong
 * option, 130 where it was interrupted.
 */
import { say } from "../pair/mod.ts";
import { bulk } from "./bulk.ts";
import { drain } from "./drain.ts";
import { idle } from "./idle.ts";
import { lag } from "./lag.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { schema } from "./schema.ts";
import { tps } from "./tps.ts";
import { window } from "./window.ts";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, parseOptions, usage } from "./options.ts";
import { type Block, toMarkdown, writePage } from "./report.ts";
import type { Section, SectionResult } from "./section.ts";
import { openStage } from "./stage.ts";

const sections: Readonly<Record<string, Section>> = {
  drain,
  lag,
  tps,
  bulk,
  idle,
  window,
  schema,
  load,
  memory,
};

const interrupted = 130;

async function main(words: readonly string[]): Promise<number> {
  const names = Object.keys(sections);
  let options: BenchOptions | undefined;
  try {
    options = parseOptions(words, names);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (options === undefined) {
    say(usage(names).trimEnd());
    return 0;
  }
  // Leaving ends the instances; the servers end by themselves.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => Deno.exit(interrupted));
  }
  const isReached = await run(options);
  return isReached || !options.isStrict ? 0 : 1;
}

/** Whether every aim is reached. */
async function run(options: BenchOptions): Promise<boolean> {
  const machine = await describeMachine(options.major);
  say(machine);
  await using stage = await openStage(options.major);
  const blocks = new Map<Block, SectionResult[]>();
  for (const name of options.sections) {
    say(`${name}`);
    const result = await sections[name]?.({ ...options, stage });
    const block = name === "load" ? "bench of the load" : "bench";
    if (result !== undefined) blocks.set(block, [...blocks.get(block) ?? [], result]);
  }
  for (const [block, results] of blocks) {
    const text = `${machine} Rounds: ${options.rounds}.\n\n${toMarkdown(results)}`;
    say(`\n${text}`);
    if (options.writes) await writePage(block, text);
  }
  return [...blocks.values()].flat()
    .every(({ lines }) => lines.every((line) => line.isReached ?? true));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
