/** The table as Markdown, and its place in docs/benchmarks.md. */
import type { Line, SectionResult } from "./section.ts";

const headings = ["what", "baseline", "teleport", "native", "ratio", "aim", "reached"];

export function toMarkdown(results: readonly SectionResult[]): string {
  const rows = results.flatMap(({ lines }) => lines.map(toCells));
  const notes = results.flatMap(({ notes }) => notes);
  const table = [headings, headings.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return notes.length === 0
    ? `${table}\n`
    : `${table}\n\n${notes.map((note) => `- ${note}`).join("\n")}\n`;
}

function toCells({ what, baseline, teleport, native, ratio, aim, isReached }: Line): string[] {
  const reached = isReached === undefined ? "" : isReached ? "yes" : "**no**";
  return [what, baseline ?? "", teleport ?? "", native ?? "", ratio ?? "", aim ?? "", reached];
}

const page = new URL("../../docs/benchmarks.md", import.meta.url);

/** Parts of the page that are measured by themselves. */
export type Block = "bench" | "bench of the load";

/** Replaces what lies between the block's markers. */
export async function writePage(block: Block, text: string): Promise<void> {
  const before = await Deno.readTextFile(page);
  const begin = `<!-- ${block}: begin -->`;
  const from = before.indexOf(begin);
  const to = before.indexOf(`<!-- ${block}: end -->`);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md lacks the markers of ${block}`);
  const head = before.slice(0, from + begin.length);
  await Deno.writeTextFile(page, `${head}\n\n${text}\n${before.slice(to)}`);
}
