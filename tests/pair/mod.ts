/** A running pair of instances between two real servers, and what tests ask of it. */
export { digestTables } from "./digest.ts";
export { freePort, intervals, openPair, type Pair, type PairOptions, targetName } from "./pair.ts";
export { waitFor } from "./wait.ts";
export * from "./teleport_process.ts";
export { say } from "./say.ts";
export { type Fault, Proxy } from "./proxy.ts";
export { Random } from "./random.ts";
