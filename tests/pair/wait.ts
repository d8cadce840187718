/** Waiting for a condition, with a deadline and a message; tests never sleep for a guess. */

export interface WaitOptions {
  /** What is waited for, for the failure's message. */
  what: string;
  deadlineMs?: number;
  /** Between two looks: longer where a look is costly. */
  pollMs?: number;
  /** More to say when the deadline passes. */
  explain?: () => unknown;
}

/** Resolves with the condition's first value that is neither undefined nor false. */
export async function waitFor<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  { what, deadlineMs = 30_000, pollMs = 25, explain }: WaitOptions,
): Promise<Value> {
  const deadline = Date.now() + deadlineMs;
  while (true) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) {
      const why = explain === undefined ? "" : `\n${JSON.stringify(await explain(), null, 1)}`;
      throw new Error(`Waited ${deadlineMs} ms in vain for: ${what}${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
