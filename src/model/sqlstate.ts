/**
 * What an SQLSTATE means to a replicator. Pure, exhaustive over the classes PostgreSQL documents
 * (appendix A): anything not named here is an operator's matter.
 */

/**
 * - `transient`: the same statement may succeed when tried again; back off.
 * - `unreachable`: the server cannot be talked to now; back off at the longer interval.
 * - `schema`: the statement and the table disagree about shape; the schema has to be brought in line.
 * - `data`: the rows of one table cannot be stored; hold that table.
 * - `operator`: somebody has to change something.
 */
export type FailureClass = "transient" | "unreachable" | "schema" | "data" | "operator";

const exact: Readonly<Record<string, FailureClass>> = {
  "40001": "transient", // serialization_failure
  "40P01": "transient", // deadlock_detected
  "55P03": "transient", // lock_not_available
  "55006": "transient", // object_in_use
  "57014": "transient", // query_canceled
  "53300": "unreachable", // too_many_connections
  "53400": "unreachable", // configuration_limit_exceeded
  "57P01": "unreachable", // admin_shutdown
  "57P02": "unreachable", // crash_shutdown
  "57P03": "unreachable", // cannot_connect_now
  "57P05": "unreachable", // idle_session_timeout
  "25P02": "transient", // in_failed_sql_transaction
  "25P03": "transient", // idle_in_transaction_session_timeout
  "42P01": "schema", // undefined_table
  "42703": "schema", // undefined_column
  "42704": "schema", // undefined_object
  "42804": "schema", // datatype_mismatch
  "42846": "schema", // cannot_coerce
  "42883": "schema", // undefined_function
  "42P10": "schema", // invalid_column_reference (no unique key to infer)
  "3F000": "schema", // invalid_schema_name
  "22P04": "schema", // bad_copy_file_format
  "428C9": "schema", // generated_always
};

const byClass: Readonly<Record<string, FailureClass>> = {
  "08": "unreachable",
  "40": "transient",
  "22": "data",
  "23": "data",
  "44": "data",
};

export function classOfSqlstate(sqlstate: string): FailureClass {
  return exact[sqlstate] ?? byClass[sqlstate.slice(0, 2)] ?? "operator";
}
