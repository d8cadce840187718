/** The process's own output. Results go to stdout; logs, progress and errors to stderr. */

export function printResult(text: string): void {
  write(Deno.stdout, text);
}

export function printNote(text: string): void {
  write(Deno.stderr, text);
}

/** Synchronous: a line is out before the process can die. A reader that went away is not an error. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  try {
    while (written < bytes.length) written += stream.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
