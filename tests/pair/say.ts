/** Prints a line of a test: its seed, its counts. */
const encoder = new TextEncoder();

export function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}
