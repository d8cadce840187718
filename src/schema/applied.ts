/**
 * What a target has applied of a source's schema: teleport.applied_schema, one object a row.
 *
 * A row holds the object as applied and, where the target refused the last change, as wanted. So the
 * next comparison starts from what is really there and tries the refused part again.
 *
 * Each row begins with the number of its format. Rows of another format, or that do not parse, are never
 * interpreted: the whole schema counts as unknown until the source's next snapshot, which adopts what is there.
 */
import { z } from "zod";
import type { QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { type SchemaObject, schemaObject } from "./object.ts";
import { buildingMark, heldMark, notBuiltMark, type SchemaPolicy } from "./policy.ts";
import { canonicalJson, type SchemaSnapshot, SnapshotIndex, toSnapshot } from "./snapshot.ts";

const storedObject = z.object({
  /** Null: the target does not have it. */
  applied: schemaObject.nullable(),
  /** Absent: as applied. Null: it should be gone. */
  wanted: schemaObject.nullable().optional(),
  /** An index that is to be built beside the batches. */
  awaitsBuild: z.literal(true).optional(),
});

export interface StoredObject extends z.output<typeof storedObject> {
  error: string | null;
}

/**
 * The format of what is written. Raise it with every change of the shape or the meaning of objects; rows of the formats
 * before may be read where they parse, by defaults, to what was meant.
 */
const storedFormat = 1;
const readableFormats: readonly number[] = [storedFormat];

/** In place of every row of a schema that this build cannot read. */
const unreadable: StoredObject = { applied: null, wanted: null, error: null };

/** By object id. */
export type StoredSchema = Map<string, StoredObject>;

const row = z.object({ object: z.string(), definition: z.string(), error: z.string().nullable() });

const maxRowsAtOnce = 500;

export async function loadStoredSchema(
  connection: Connection,
  source: string,
  target: string,
): Promise<StoredSchema> {
  const rows = await connection.rows(
    row,
    `select object, definition, error from teleport.applied_schema
     where source = $1 and target = $2 order by object`,
    [source, target],
  );
  const stored: StoredSchema = new Map();
  for (const { object, definition, error } of rows) {
    const parsed = parseStored(definition);
    if (parsed === undefined) return new Map(rows.map((row) => [row.object, unreadable]));
    stored.set(object, { ...parsed, error });
  }
  return stored;
}

/** Undefined: of another format. */
export function parseStored(definition: string): z.output<typeof storedObject> | undefined {
  const end = definition.indexOf(" ");
  if (!readableFormats.includes(Number(definition.slice(0, end)))) return undefined;
  return storedObject.safeParse(JSON.parse(definition.slice(end))).data;
}

/** False: which objects the target has of the source is unknown. */
export function isReadable(stored: StoredSchema): boolean {
  return [...stored.values()].every((object) => object !== unreadable);
}

/** Whether this build wrote what is stored, or knows how to read it. */
export async function isSchemaReadable(
  connection: Connection,
  { source, target }: { source: string; target: string },
): Promise<boolean> {
  const { isReadable } = await connection.row(
    z.object({ isReadable: z.boolean() }),
    `select not exists (
       select 1 from teleport.applied_schema
       where source = $1 and target = $2
         and pg_catalog.split_part(pg_catalog.substr(definition, 1, 8), ' ', 1) <> all ($3::text[])
     ) as "isReadable"`,
    [source, target, readableFormats.map(String)],
  );
  return isReadable;
}

/**
 * Sources and targets of which anything is refused, and held drops where they are no longer held. What waits for
 * indexes that are built beside the batches comes when they are there.
 */
export async function listRefused(
  connection: Connection,
  { drops }: SchemaPolicy,
  options: { withBuilds: boolean } = { withBuilds: false },
): Promise<{ source: string; target: string }[]> {
  const passedOver = [
    ...drops === "apply" ? [] : [heldMark],
    ...options.withBuilds ? [] : [buildingMark, notBuiltMark],
  ];
  return await connection.rows(
    z.object({ source: z.string(), target: z.string() }),
    `select distinct source, target from teleport.applied_schema
     where error is not null and not error like any ($1::text[])
     order by source, target`,
    [passedOver.map((mark) => `${mark}%`)],
  );
}

/** Objects of some kinds of which something was refused, other than drops that are held. None where they cannot be read. */
export async function loadRefused(
  connection: Connection,
  { source, target }: { source: string; target: string },
  kinds: readonly SchemaObject["kind"][],
): Promise<StoredObject[]> {
  const rows = await connection.rows(
    row,
    `select object, definition, error from teleport.applied_schema
     where source = $1 and target = $2 and error is not null and error not like $3 || '%'
       and pg_catalog.split_part(object, ':', 1) = any ($4::text[])`,
    [source, target, heldMark, [...kinds]],
  );
  return rows.flatMap(({ definition, error }) => {
    const parsed = parseStored(definition);
    return parsed === undefined ? [] : [{ ...parsed, error }];
  });
}

/** What is applied; undefined where nothing has been, or nobody knows. */
export async function loadAppliedSnapshot(
  connection: Connection,
  source: string,
  target: string,
): Promise<SchemaSnapshot | undefined> {
  const stored = await loadStoredSchema(connection, source, target);
  return stored.size === 0 || !isReadable(stored) ? undefined : appliedOf(stored);
}

export function appliedOf(stored: StoredSchema): SchemaSnapshot {
  return toSnapshot([...stored.values()].flatMap(({ applied }) => applied ?? []));
}

/** Ids of objects of which something was refused. */
export function refusedOf(stored: StoredSchema): Set<string> {
  return new Set([...stored].flatMap(([id, { error }]) => error === null ? [] : id));
}

/** Whether a column of the table is not what the source has, since the target refused that: for its rows, perhaps. */
export async function hasRefusedColumn(
  connection: Connection,
  { source, target, table }: { source: string; target: string; table: QualifiedName },
): Promise<boolean> {
  const stored = await loadStoredSchema(connection, source, target);
  const { id } = new SnapshotIndex(appliedOf(stored)).findTable(table) ?? {};
  return [...stored.values()].some(({ wanted, error }) =>
    error !== null && wanted?.kind === "column" && wanted.table === id
  );
}

/** What the source last asked for, refused or not. */
export function wantedOf(stored: StoredSchema): SchemaSnapshot {
  return toSnapshot([...stored.values()].flatMap(({ applied, wanted }): SchemaObject[] => {
    const object = wanted === undefined ? applied : wanted;
    return object === null ? [] : [object];
  }));
}

/** What the source has and teleport does not replicate, for people. */
export async function listLeftOut(
  connection: Connection,
  source: string,
  target: string,
): Promise<string[]> {
  const rows = await connection.rows(
    row,
    `select object, definition, error from teleport.applied_schema
     where source = $1 and target = $2 and definition like '%"kind":"leftOut"%' order by object`,
    [source, target],
  );
  return rows.flatMap(({ definition }) => {
    const applied = parseStored(definition)?.applied;
    return applied?.kind === "leftOut"
      ? [`${applied.what} ${applied.name}: ${applied.reason}`]
      : [];
  });
}

/** Writes what differs from `before`. */
export async function saveStoredSchema(
  connection: Connection,
  place: { source: string; target: string },
  schemas: { before: StoredSchema; after: StoredSchema },
): Promise<void> {
  const { before, after } = schemas;
  const changed = [...after].filter(([id, stored]) => {
    const known = before.get(id);
    return known === undefined || canonicalJson(known) !== canonicalJson(stored);
  });
  const gone = [...before.keys()].filter((id) => !after.has(id));
  const stale = [...gone, ...changed.map(([id]) => id)];
  // DELETE and INSERT: ON CONFLICT is 9.5 and later.
  for (const ids of inParts(stale)) {
    await connection.run(
      `delete from teleport.applied_schema
       where source = $1 and target = $2 and object = any ($3::text[])`,
      [place.source, place.target, ids],
    );
  }
  for (const part of inParts(changed)) {
    await connection.run(
      `insert into teleport.applied_schema (source, target, object, definition, error)
       select $1, $2, o.object, o.definition, nullif(o.error, '')
       from (
         select
           pg_catalog.unnest($3::text[]) as object,
           pg_catalog.unnest($4::text[]) as definition,
           pg_catalog.unnest($5::text[]) as error
       ) o`,
      [
        place.source,
        place.target,
        part.map(([id]) => id),
        part.map(([, { applied, wanted, awaitsBuild }]) =>
          `${storedFormat} ${canonicalJson({ applied, wanted, awaitsBuild })}`
        ),
        part.map(([, { error }]) => error ?? ""),
      ],
    );
  }
}

function inParts<Value>(values: readonly Value[]): Value[][] {
  const parts: Value[][] = [];
  for (let at = 0; at < values.length; at += maxRowsAtOnce) {
    parts.push(values.slice(at, at + maxRowsAtOnce));
  }
  return parts;
}
