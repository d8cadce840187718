/**
 * What a target has applied of a source's schema: teleport.applied_schema, one object a row.
 *
 * A row holds the object as applied and, where the target refused the last change, as wanted. So the
 * next comparison starts from what is really there and tries the refused part again.
 */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import { type SchemaObject, schemaObject } from "./object.ts";
import { buildingMark, heldMark, notBuiltMark, type SchemaPolicy } from "./policy.ts";
import { canonicalJson, type SchemaSnapshot, toSnapshot } from "./snapshot.ts";

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
  return new Map(rows.map(({ object, definition, error }) => [
    object,
    { ...parseStored(definition), error },
  ]));
}

/** The column `definition`. */
export function parseStored(definition: string): z.output<typeof storedObject> {
  return storedObject.parse(JSON.parse(definition));
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

/** What is applied; undefined where nothing has been. */
export async function loadAppliedSnapshot(
  connection: Connection,
  source: string,
  target: string,
): Promise<SchemaSnapshot | undefined> {
  const stored = await loadStoredSchema(connection, source, target);
  return stored.size === 0 ? undefined : appliedOf(stored);
}

export function appliedOf(stored: StoredSchema): SchemaSnapshot {
  return toSnapshot([...stored.values()].flatMap(({ applied }) => applied ?? []));
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
    const { applied } = parseStored(definition);
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
          canonicalJson({ applied, wanted, awaitsBuild })
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
