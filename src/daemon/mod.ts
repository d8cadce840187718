/** Running instances: the only module that owns timers and signals. */
export {
  initialLoad,
  type InitialLoadOptions,
  type InitialLoadOutcome,
  type LoadRequest,
  type ReloadMode,
} from "./initial_load.ts";
export { isUnderWay, type LoadedTable, type LoadReport, type LoadTotal } from "./load_report.ts";
export { Instance, type InstanceOptions } from "./instance.ts";
export { onSignals } from "./signals.ts";
