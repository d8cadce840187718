/**
 * The typed event model: what a source instance tells a target instance. One batch is `begin`, the
 * schema where it changed, truncations, rows table by table, sequences, `end`.
 *
 * Between `rows` and `rowsEnd` travel raw COPY blocks, unparsed. An unknown kind is a protocol error,
 * never skipped: a silent skip is data loss.
 */
import { z } from "zod";
import { existingRows } from "./existing_rows.ts";
import { loadName } from "./load_name.ts";
import { positionSchema } from "./position.ts";

/** Raised at every change that an older peer would misread. */
export const protocolVersion = 2;

export const qualifiedName = z.object({ schema: z.string().min(1), name: z.string().min(1) });

const begin = z.object({
  kind: z.literal("begin"),
  protocol: z.literal(protocolVersion),
  /** Epoch of the source: whose history the positions belong to. */
  source: z.string().min(1),
  target: z.string().min(1),
  /** Epoch of the target's database as the source knows it: what came from there is left out. */
  peer: z.string().min(1),
  /** The position that the target must hold, also where the source starts anew; null for none. */
  from: positionSchema.nullable(),
  /** Whether the source starts anew: no load of before goes on. */
  restarts: z.boolean(),
  to: positionSchema,
  isExact: z.boolean(),
  /** Epochs that the source's rows may have been through, where that is news. */
  upstreams: z.array(z.string().min(1)),
  /** The load that a single table's catch-up ends; null for a batch that moves the target's position. */
  load: z.object({
    name: loadName,
    /** How many chunks it has: all of them must be there. */
    chunks: z.int().min(0),
  }).nullable(),
});

/** One object of the source's schema; the schema module knows its shape. */
const schemaPart = z.object({ kind: z.literal("schemaObject"), object: z.unknown() });

const schema = z.object({
  kind: z.literal("schema"),
  hash: z.string().min(1),
  count: z.int().min(0),
});

export const truncatedTable = qualifiedName.extend({
  /** Without the tables that inherit from it. */
  isOnly: z.boolean(),
  /** Of a partition: the table that it must be a part of on the target too. */
  root: qualifiedName.optional(),
});

/** At first contact: tables that hold no rows at the batch's snapshot. */
const emptyTables = z.object({ kind: z.literal("emptyTables"), tables: z.array(truncatedTable) });

const truncate = z.object({
  kind: z.literal("truncate"),
  tables: z.array(truncatedTable).min(1),
  /** See `Origin`: what the change has been through, this source last. */
  origin: z.string().min(1),
});

const rows = z.object({
  kind: z.literal("rows"),
  table: qualifiedName,
  /** Columns of the COPY data, after a first boolean column that is true for a deleted row. */
  columns: z.array(z.string().min(1)).min(1),
  key: z.array(z.string().min(1)).min(1),
  /** Without the tables that inherit from it. */
  isOnly: z.boolean(),
  /** See `Origin`: what the rows have been through, this source last. */
  origin: z.string().min(1),
  /** The next rows are of this table too, of another origin: they are merged together. */
  continues: z.boolean(),
});

const rowsEnd = z.object({
  kind: z.literal("rowsEnd"),
  count: z.int().min(0),
  /** CRC-32 of the data's bytes. */
  checksum: z.int().min(0),
});

export const sequenceValue = qualifiedName.extend({
  lastValue: z.string().regex(/^-?\d{1,19}$/),
  isCalled: z.boolean(),
});

const sequences = z.object({ kind: z.literal("sequences"), values: z.array(sequenceValue) });

/** `count` is the number of messages between begin and end; a body without its end is rolled back. */
const end = z.object({ kind: z.literal("end"), count: z.int().min(0) });

/** A chunk of an initial load: begin, data, rowsEnd, end. */
const chunk = z.object({
  kind: z.literal("chunk"),
  protocol: z.literal(protocolVersion),
  load: loadName,
  /** See `Origin`: this source, and whatever its rows may have been through. */
  origin: z.string().min(1),
  number: z.int().min(0),
  table: qualifiedName,
  columns: z.array(z.string().min(1)).min(1),
  key: z.array(z.string().min(1)).min(1),
});

export const message = z.discriminatedUnion("kind", [
  begin,
  schemaPart,
  schema,
  emptyTables,
  truncate,
  rows,
  rowsEnd,
  sequences,
  end,
  chunk,
]);

export type Message = z.output<typeof message>;
export type MessageKind = Message["kind"];
export type MessageOf<Kind extends MessageKind> = Extract<Message, { kind: Kind }>;
export type SequenceValue = z.output<typeof sequenceValue>;
export type TruncatedTable = z.output<typeof truncatedTable>;

/** What a request or answer body is made of. */
export type Frame =
  | { kind: "message"; message: Message }
  | { kind: "data"; bytes: Uint8Array };

/** A single step of a load or of the schema that a source asks a target to take, outside of batches. */
export const command = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("prepareLoad"),
    source: z.string(),
    target: z.string(),
    load: loadName,
    /** As that of the load's chunks. */
    origin: z.string().min(1),
    table: truncatedTable,
    /** What is to be done about rows that the table holds. */
    existing: existingRows,
    /** What its chunks have: the columns and the key. */
    columns: z.array(z.string().min(1)).min(1),
    key: z.array(z.string().min(1)).min(1),
  }),
  z.object({
    kind: z.literal("buildIndexes"),
    source: z.string(),
    target: z.string(),
    load: loadName,
    /** Where the catch-up ended that was acknowledged. */
    position: positionSchema,
    table: qualifiedName,
  }),
  z.object({
    kind: z.literal("abandonLoad"),
    source: z.string(),
    target: z.string(),
    /** A name of its own, greater than that of any load that it ends. */
    load: loadName,
    /** As that of the load's chunks. */
    origin: z.string().min(1),
    table: truncatedTable,
  }),
  z.object({
    kind: z.literal("buildForeignKeys"),
    source: z.string(),
    target: z.string(),
    /** The target's, at which the tables are ready. */
    position: positionSchema,
    ready: z.array(qualifiedName),
  }),
  z.object({
    kind: z.literal("dropForeignKeys"),
    source: z.string(),
    target: z.string(),
    /** The target's: no batch without the tables has been applied. */
    position: positionSchema,
    /** As that of their loads. */
    origin: z.string().min(1),
    /**
     * Tables that wait for their loads, and do not travel meanwhile. With the source's oids: a batch that renames
     * one may not have come yet.
     */
    tables: z.array(qualifiedName.extend({ oid: z.int() })),
  }),
]);
export type Command = z.output<typeof command>;

/** Outcome of a command: what still waits and what the target refused, in words for the operator. */
export const commandResult = z.object({
  waiting: z.array(z.string()),
  refused: z.array(z.object({ object: z.string(), error: z.string() })),
});
export type CommandResult = z.output<typeof commandResult>;

/** What a target knows of a source: the answer of `GET /position`. */
export const storedPosition = z.object({
  protocol: z.literal(protocolVersion),
  /** Epoch of the target's own database: rows that bear it as origin came from there. */
  epoch: z.string().min(1),
  position: positionSchema.nullable(),
  isExact: z.boolean(),
  schemaHash: z.string().nullable(),
  /** Tables whose rows on the target are not the source's, and have not begun to come again. */
  lostTables: z.array(qualifiedName),
});
export type StoredPosition = z.output<typeof storedPosition>;

/** The acknowledgement of a batch. */
export const acknowledgement = z.object({
  position: positionSchema,
  rows: z.int().min(0),
  /** What the target will try again of the schema. */
  refused: z.array(z.object({ object: z.string(), error: z.string() })),
  /** What it will not: by design, or since this target cannot. Told once, when it comes. */
  leftOut: z.array(z.object({ object: z.string(), reason: z.string(), isByDesign: z.boolean() })),
  /** Those of the batch's `emptyTables` that hold rows on the target. */
  notEmpty: z.array(qualifiedName),
  /** Tables that somebody dropped on the target, which are made again without rows; those that may hold rows that left. */
  lostTables: z.array(qualifiedName),
});
export type Acknowledgement = z.output<typeof acknowledgement>;
