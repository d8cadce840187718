/** The loader: fills a target's table by COPY while the source is written to. */
export { loadOrigin, PlanOutdated } from "./chunk_frames.ts";
export { type LoadContext, type LoadPeer, TableLoad } from "./table_load.ts";
export {
  estimateBytes,
  readLoadProgress,
  readRecentChunks,
  type TableLoadProgress,
} from "./load_progress.ts";
export { rateOf, secondsLeft, type TimedChunk } from "./load_rate.ts";
