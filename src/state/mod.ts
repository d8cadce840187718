/** teleport's own state in a database: its schema, who it is, and where its targets are. */
export {
  buildLockHolder,
  endLoadBuilds,
  shareLoadBuildLock,
  tryBuildLock,
  tryInstanceLock,
} from "./advisory_lock.ts";
export * from "./cancelled_loads.ts";
export * from "./epoch.ts";
export * from "./load_times.ts";
export { migrate } from "./migrate.ts";
export * from "./table_progress.ts";
export * from "./target_position.ts";
export { readUpstreams } from "./upstreams.ts";
