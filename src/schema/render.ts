/** Statements that make objects, in the words of the target's version. Names are always quoted. */
import { type QualifiedName, quoteIdentifier, quoteLiteral, quoteName } from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";
import type { Collation, NamedObject, ObjectOf, TypeObject } from "./object.ts";
import { definitionName, wordOfView } from "./render_objects.ts";

const words: Readonly<
  Record<Exclude<NamedObject["kind"], "function" | "view" | "definition">, string>
> = {
  extension: "extension",
  enum: "type",
  composite: "type",
  domain: "domain",
  range: "type",
  sequence: "sequence",
  table: "table",
  index: "index",
  statistics: "statistics",
};

/** What ALTER, DROP and COMMENT ON call an object of its kind. */
export function objectWord(object: NamedObject): string {
  switch (object.kind) {
    case "function":
      return object.routine;
    case "view":
      return wordOfView(object);
    case "definition":
      return object.what;
    default:
      return words[object.kind];
  }
}

/** How ALTER, DROP and COMMENT ON name it, with what tells it from others of that name. */
export function objectName(object: NamedObject, place: QualifiedName = object): string {
  const { schema, name } = place;
  switch (object.kind) {
    case "function":
      return `${quoteName(place)}(${object.inputs.join(", ")})`;
    case "definition":
      return definitionName({ what: object.what, schema, name }) + object.signature;
    case "extension":
      return quoteIdentifier(name);
    default:
      return quoteName(place);
  }
}

export function dropObject(object: NamedObject): string {
  return `drop ${objectWord(object)} if exists ${objectName(object)}`;
}

/** A column's or attribute's type and collation. */
export function typeOf(column: { type: string; collation: Collation }): string {
  return column.type + collate(column.collation);
}

function collate(collation: Collation): string {
  return collation === null ? "" : ` collate ${quoteName(collation)}`;
}

export function createType(type: TypeObject, version: ServerVersion): string {
  const name = quoteName(type);
  switch (type.kind) {
    case "enum":
      return `create type ${name} as enum (${
        type.labels.map((label) => quoteLiteral(label.name)).join(", ")
      })`;
    case "composite":
      return `create type ${name} as (${
        type.attributes.map((attribute) =>
          `${quoteIdentifier(attribute.name)} ${typeOf(attribute)}`
        ).join(", ")
      })`;
    case "domain":
      return createDomain(type);
    case "range":
      return createRange(type, version);
  }
}

/** With its checks: later they would be refused once a table uses the domain inside another type. */
function createDomain(domain: ObjectOf<"domain">): string {
  const parts = [`create domain ${quoteName(domain)} as ${typeOf(domain)}`];
  if (domain.default !== null) parts.push(`default ${domain.default}`);
  const checks = domain.checks.map(({ name, definition }) => ({
    isValid: !definition.endsWith(" NOT VALID"),
    text: `constraint ${quoteIdentifier(name)} ${definition}`,
  }));
  parts.push(...checks.filter(({ isValid }) => isValid).map(({ text }) => text));
  if (domain.isNotNull) parts.push("not null");
  const later = checks.filter(({ isValid }) => !isValid)
    .map(({ text }) => `alter domain ${quoteName(domain)} add ${text}`);
  return [parts.join(" "), ...later].join(";\n");
}

function createRange(range: ObjectOf<"range">, version: ServerVersion): string {
  const options = [`subtype = ${range.subtype}`];
  if (range.operatorClass !== null) options.push(`subtype_opclass = ${range.operatorClass}`);
  if (range.collation !== null) options.push(`collation = ${quoteName(range.collation)}`);
  if (range.subtypeDiff !== null) options.push(`subtype_diff = ${range.subtypeDiff}`);
  if (range.multirange !== null && version >= 140000) {
    const name = quoteName({ schema: range.schema, name: range.multirange });
    options.push(`multirange_type_name = ${name}`);
  }
  return `create type ${quoteName(range)} as range (${options.join(", ")})`;
}

export function createSequence(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  const unlogged = sequence.isUnlogged && version >= 150000 ? "unlogged " : "";
  return `create ${unlogged}sequence ${quoteName(sequence)} ${sequenceOptions(sequence, version)}`;
}

/** The options as CREATE, ALTER and an identity column's parentheses take them. */
export function sequenceOptions(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  const { type, increment, min, max, start, cache, isCycled } = sequence;
  const as = version < 100000 ? "" : `as ${type} `;
  return `${as}increment by ${increment} minvalue ${min} maxvalue ${max} start with ${start} ` +
    `cache ${cache} ${isCycled ? "" : "no "}cycle`;
}

/** BY DEFAULT whatever the source has: rows come with their values, and updates must be able to set them. */
export function identityOf(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  // "as type" is not for identity columns: their own type says it.
  const options = sequenceOptions(sequence, version).replace(/^as .*? increment/, "increment");
  return `generated by default as identity (sequence name ${quoteName(sequence)} ${options})`;
}

export function createFunction(routine: ObjectOf<"function">): string {
  return `create or replace ${routine.routine} ${quoteName(routine)}${routine.definition}`;
}
