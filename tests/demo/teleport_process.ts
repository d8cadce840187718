/** teleport as users run it: a process of its own, with the permissions that `deno task start` has. */

export interface TeleportProcessOptions {
  /** For messages: "source", "target" or "load". */
  name: string;
  /** Command line, after the program. */
  words: readonly string[];
  /** Gets each line of output, as it comes. */
  onLine?: (line: string) => void;
}

const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];
const projectRoot = new URL("../../", import.meta.url);
const linesKept = 1000;
const disposePatienceMs = 5000;

export class TeleportProcess implements AsyncDisposable {
  readonly name: string;
  /** The exit code, once it has ended and its output has been read. */
  readonly exited: Promise<number>;
  /** The exit code of a process that ended without having been told to; else never resolves. */
  readonly endedItself: Promise<number>;
  readonly #lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  #hasExited = false;
  #isStopping = false;

  constructor({ name, words, onLine }: TeleportProcessOptions) {
    this.name = name;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--v8-flags=--max-semi-space-size=1",
        ...permissions,
        "main.ts",
        ...words,
      ],
      cwd: projectRoot,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const keep = (line: string) => {
      this.#lines.push(line);
      if (this.#lines.length > linesKept) this.#lines.shift();
      onLine?.(line);
    };
    this.exited = this.#watch(keep);
    this.endedItself = new Promise((resolve) => {
      this.exited.then((code) => this.#isStopping || resolve(code));
    });
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** The last lines of its output. */
  lastLines(count: number): string[] {
    return this.#lines.slice(-count);
  }

  /** SIGTERM, and the exit code; SIGKILL and undefined where it has not ended after `patienceMs`. */
  async stop(patienceMs: number): Promise<number | undefined> {
    this.#isStopping = true;
    this.#kill("SIGTERM");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const impatience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    const code = await Promise.race([this.exited, impatience]);
    clearTimeout(timer);
    return code;
  }

  /** At once, for a demo that is itself being forced to end. */
  kill(): void {
    this.#isStopping = true;
    this.#kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) await this.stop(disposePatienceMs);
    this.kill();
    await this.exited;
  }

  async #watch(keep: (line: string) => void): Promise<number> {
    const [status] = await Promise.all([
      this.#child.status,
      readLines(this.#child.stdout, keep),
      readLines(this.#child.stderr, keep),
    ]);
    this.#hasExited = true;
    return status.code;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already, which is what was wanted.
    }
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  keep: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) keep(line);
  }
  if (rest !== "") keep(rest);
}
