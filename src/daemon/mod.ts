/** Running instances: the only module that owns timers and signals. */
export { initialLoad, type InitialLoadOutcome, type LoadedTable } from "./initial_load.ts";
export { Instance, type InstanceOptions } from "./instance.ts";
export { onSignals } from "./signals.ts";
