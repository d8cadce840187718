/**
 * The schema differ: source catalog → SchemaSnapshot → diff → ordered statements on the target. Also what
 * the loader and the applier need of a target's tables: bare or built, their shape, sequence values.
 */
export {
  hasRefusedColumn,
  isSchemaReadable,
  listLeftOut,
  listRefused,
  loadAppliedSnapshot,
} from "./applied.ts";
export { type ApplyOptions, applySnapshot, retryRefused, type SchemaReport } from "./apply.ts";
export { type HalfBuiltIndex, listHalfBuilt } from "./half_built.ts";
export {
  type BuildPlan,
  findHalfBuilt,
  type IndexBuild,
  isWanted,
  listBuilds,
  nameBuilt,
  planBuild,
  recordFailure,
} from "./index_builds.ts";
export { dropForeignKeys, findTables, makeBare } from "./bare.ts";
export { buildIndexes, buildPrimaryKey, isAsMade, type MadeParts } from "./bare_end.ts";
export { raiseBuildMemory } from "./build_memory.ts";
export { isSeparateName } from "./separate_index.ts";
export {
  listLeftBehind,
  listSeparateBuilds,
  runSeparateBuild,
  type SeparateBuild,
} from "./separate_builds.ts";
export { addEnumLabels, type EnumAdditions } from "./enum_additions.ts";
export {
  buildForeignKeys,
  dropForeignKey,
  type ForeignKeyReport,
  type UnvalidatedKey,
  validateForeignKey,
} from "./foreign_keys.ts";
export { buildingMark, defaultPolicy, heldMark, type SchemaPolicy } from "./policy.ts";
export { MisnamedTables } from "./misnamed.ts";
export { type ObjectKind, type SchemaObject, schemaObject } from "./object.ts";
export { readSnapshot, type SnapshotOptions } from "./read/mod.ts";
export { forgetContents, refreshViews } from "./refresh.ts";
export { applySequenceValues, readSequenceValues, type SequenceReport } from "./sequence_values.ts";
export { hashSnapshot, type SchemaSnapshot } from "./snapshot.ts";
export { withWays } from "./ways.ts";
export { readTableShape, type TableShape } from "./table_shape.ts";
