/** The loader: fills a target's table by COPY while the source is written to. */
export { loadOrigin } from "./chunk_frames.ts";
export { PlanOutdated } from "./plan_outdated.ts";
export { RateLimit } from "./rate_limit.ts";
export { SessionPool } from "./session_pool.ts";
export { readTableSizes } from "./table_sizes.ts";
export { WorkerPool } from "./worker_pool.ts";
export { type LoadContext, type LoadPeer, TableLoad } from "./table_load.ts";
export {
  estimateBytes,
  readLoadProgress,
  readRecentChunks,
  type TableLoadProgress,
} from "./load_progress.ts";
export { rateOf, secondsLeft, type TimedChunk } from "./load_rate.ts";
