/** The values of sequences: read on the source, set on the target. They move outside of transactions. */
import { z } from "zod";
import {
  displayName,
  matchesExpression,
  messageOf,
  type QualifiedName,
  quoteName,
  type SequenceValue,
} from "../model/mod.ts";
import { type Connection, DatabaseError, forVersion } from "../postgres/mod.ts";
import sequenceValuesSql from "./catalog/sequence_values.sql" with { type: "text" };
import { renamedSchema, type SnapshotOptions } from "./read/mod.ts";

const sequenceRow = z.object({
  schema: z.string(),
  name: z.string(),
  owner_schema: z.string().nullable(),
  owner_name: z.string().nullable(),
  last_value: z.string().nullable(),
});
const valueRow = z.object({
  position: z.int(),
  last_value: z.string(),
  is_called: z.boolean(),
  increment: z.string(),
});

const maxSequencesAtOnce = 200;

/** What applySequenceValues did not set. */
export interface SequenceReport {
  changed: number;
  missing: string[];
  refused: { object: string; error: string }[];
}

/**
 * The values of the sequences that the expression names or whose table it names, in the target's names.
 * One that the role may not read is left out.
 */
export async function readSequenceValues(
  connection: Connection,
  options: SnapshotOptions,
): Promise<SequenceValue[]> {
  const renamed = renamedSchema(options);
  const rows = await connection.rows(
    sequenceRow,
    forVersion(sequenceValuesSql, connection.version),
  );
  const inScope = rows.filter((row) => isInScope(row, options));
  const unused = inScope.filter((row) => row.last_value === null);
  const values = await readValues(connection, unused);
  return inScope.flatMap((row) => {
    const value = row.last_value === null
      ? valueOf(values.get(quoteName(row)))
      : { lastValue: row.last_value, isCalled: true };
    const schema = row.schema === renamed ? options.applySchema ?? row.schema : row.schema;
    return value === undefined ? [] : [{ schema, name: row.name, ...value }];
  });
}

/**
 * Sets the values that differ. A sequence that is missing or may not be set is reported.
 * @param options.isForwardOnly where the database's own application draws from them too, as in two-way
 *   replication: a value that is ahead stays.
 */
export async function applySequenceValues(
  connection: Connection,
  values: readonly SequenceValue[],
  options: { isForwardOnly: boolean } = { isForwardOnly: false },
): Promise<SequenceReport> {
  const report: SequenceReport = { changed: 0, missing: [], refused: [] };
  if (values.length === 0) return report;
  const present = await readPrivileges(connection, values);
  const known = values.filter((value) => {
    const may = present.get(quoteName(value));
    if (may === undefined) report.missing.push(displayName(value));
    else if (!may) report.refused.push({ object: displayName(value), error: "permission denied" });
    return may === true;
  });
  const current = await readValues(connection, known);
  for (const value of known) {
    const now = current.get(quoteName(value));
    if (now?.lastValue === value.lastValue && now.isCalled === value.isCalled) continue;
    const next = options.isForwardOnly && now !== undefined ? forward(now, value) : value;
    if (next === undefined) continue;
    const error = await setValue(connection, next);
    if (error === undefined) report.changed++;
    else report.refused.push({ object: displayName(value), error });
  }
  return report;
}

/**
 * The value to move on to in the sequence's own direction and steps (one side may draw odd numbers and
 * the other even ones), or undefined where it is that far already.
 */
function forward(now: CurrentValue, value: SequenceValue): SequenceValue | undefined {
  const { increment } = now;
  const from = BigInt(now.lastValue);
  const distance = (BigInt(value.lastValue) - from) * (increment < 0n ? -1n : 1n);
  if (distance < 0n) return undefined;
  // Down to a step of its own: the next one is beyond the value, and two that differ in steps come to rest.
  const steps = distance / (increment < 0n ? -increment : increment);
  if (steps === 0n && (now.isCalled || !value.isCalled)) return undefined;
  return { ...value, lastValue: String(from + steps * increment) };
}

function valueOf(
  current: CurrentValue | undefined,
): Pick<SequenceValue, "lastValue" | "isCalled"> | undefined {
  return current && { lastValue: current.lastValue, isCalled: current.isCalled };
}

function isInScope(row: z.output<typeof sequenceRow>, { expression }: SnapshotOptions): boolean {
  const { owner_schema: schema, owner_name: name } = row;
  return matchesExpression(expression, schema === null || name === null ? row : { schema, name });
}

async function readPrivileges(
  connection: Connection,
  names: readonly QualifiedName[],
): Promise<Map<string, boolean>> {
  const rows = await connection.rows(
    z.object({ schema: z.string(), name: z.string(), may: z.boolean() }),
    `select n.nspname::text as schema, c.relname::text as name,
       pg_catalog.has_sequence_privilege(c.oid, 'select')
         and pg_catalog.has_sequence_privilege(c.oid, 'update') as may
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'S' and n.nspname = any ($1::text[]) and c.relname = any ($2::text[])`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  );
  return new Map(rows.map((row) => [quoteName(row), row.may]));
}

interface CurrentValue extends Pick<SequenceValue, "lastValue" | "isCalled"> {
  increment: bigint;
}

/** By quoted name. The sequences themselves are read, many in a statement. */
async function readValues(
  connection: Connection,
  names: readonly QualifiedName[],
): Promise<Map<string, CurrentValue>> {
  const values = new Map<string, CurrentValue>();
  for (let at = 0; at < names.length; at += maxSequencesAtOnce) {
    const part = names.slice(at, at + maxSequencesAtOnce);
    const selects = part.map((name, position) => {
      const increment = connection.version < 100000
        ? "(pg_catalog.pg_sequence_parameters(s.tableoid)).increment"
        : `(
        select p.seqincrement from pg_catalog.pg_sequence p where p.seqrelid = s.tableoid)`;
      return `select ${position} as position, last_value::text, is_called, ` +
        `${increment}::text as increment from ${quoteName(name)} s`;
    });
    for (const row of await connection.rows(valueRow, selects.join(" union all "))) {
      const name = part[row.position];
      if (name === undefined) continue;
      values.set(quoteName(name), {
        lastValue: row.last_value,
        isCalled: row.is_called,
        increment: BigInt(row.increment),
      });
    }
  }
  return values;
}

async function setValue(
  connection: Connection,
  value: SequenceValue,
): Promise<string | undefined> {
  try {
    await connection.savepoint(() =>
      connection.run("select pg_catalog.setval($1::pg_catalog.regclass, $2::bigint, $3)", [
        quoteName(value),
        value.lastValue,
        value.isCalled,
      ])
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.failureClass === "transient" || error.failureClass === "unreachable") throw error;
    return messageOf(error);
  }
}
