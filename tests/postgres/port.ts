/**
 * Free ports for servers that stop and come back. Not the kernel's choice (listen on 0): that is from the
 * ephemeral range, where any outgoing connection may sit on the port while its server is stopped. These
 * are below that range (32768 on Linux, 49152 on macOS) and at random, so parallel processes do not meet.
 */

const lowest = 15_000;
const highest = 32_000;
const attempts = 100;

/** A port that nobody listens on now; somebody may a moment later, so be ready to pick again. */
export function pickPort(hostname: string): number {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    try {
      Deno.listen({ hostname, port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`No free port in ${attempts} attempts from ${lowest} to ${highest}`);
}
