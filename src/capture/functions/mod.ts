/** The functions that capture keeps in the schema teleport, in the order in which they are created. */
import type { ServerVersion } from "../../postgres/mod.ts";
import carryKeys from "./carry_keys.sql" with { type: "text" };
import captureSource from "./capture_source.sql" with { type: "text" };
import captureTemplate from "./capture_template.sql" with { type: "text" };
import compareCapture from "./compare_capture.sql" with { type: "text" };
import createCaptureFunction from "./create_capture_function.sql" with { type: "text" };
import insertBySlot from "./insert_by_slot.sql" with { type: "text" };
import insertPacked from "./insert_packed.sql" with { type: "text" };
import installTriggers from "./install_triggers.sql" with { type: "text" };
import columnIsNamed from "./column_is_named.sql" with { type: "text" };
import isInstalling from "./is_installing.sql" with { type: "text" };
import keySignature from "./key_signature.sql" with { type: "text" };
import onDdlCommandEnd from "./on_ddl_command_end.sql" with { type: "text" };
import onSqlDrop from "./on_sql_drop.sql" with { type: "text" };
import onTableRewrite from "./on_table_rewrite.sql" with { type: "text" };
import packKeys from "./pack_keys.sql" with { type: "text" };
import pendingCapture from "./pending_capture.sql" with { type: "text" };
import planCapture from "./plan_capture.sql" with { type: "text" };
import reloadCaptured from "./reload_captured.sql" with { type: "text" };
import rootOf from "./root_of.sql" with { type: "text" };
import sweepFunctions from "./sweep_functions.sql" with { type: "text" };
import syncAfterDdl from "./sync_after_ddl.sql" with { type: "text" };
import syncCapture from "./sync_capture.sql" with { type: "text" };
import touchKeys from "./touch_keys.sql" with { type: "text" };
import triggerState from "./trigger_state.sql" with { type: "text" };
import typeSignature from "./type_signature.sql" with { type: "text" };
import writeEvent from "./write_event.sql" with { type: "text" };
import writeWanted from "./write_wanted.sql" with { type: "text" };

/** Event triggers that say which command they run for came with 9.5. */
export const firstVersionWithEventTriggers: ServerVersion = 90500;

/** The statements that create or replace every function, for a server of this version. */
export function captureFunctions(version: ServerVersion): string[] {
  const eventTriggerFunctions = version >= firstVersionWithEventTriggers
    ? [onDdlCommandEnd, onSqlDrop, onTableRewrite]
    : [];
  return [
    rootOf,
    typeSignature,
    keySignature,
    triggerState,
    writeEvent,
    columnIsNamed,
    isInstalling,
    captureTemplate,
    packKeys,
    insertBySlot,
    insertPacked,
    captureSource,
    createCaptureFunction,
    installTriggers,
    touchKeys,
    carryKeys,
    planCapture,
    compareCapture,
    pendingCapture,
    reloadCaptured,
    syncCapture,
    syncAfterDdl,
    sweepFunctions,
    writeWanted,
    ...eventTriggerFunctions,
  ];
}
