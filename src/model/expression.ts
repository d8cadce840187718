/**
 * target_expression: which relations a target gets.
 *
 * A list of `schema.table` patterns, `*` standing for any run of characters, `!` before a pattern to
 * exclude. A relation matches when a plain pattern matches it and no `!` pattern does. Names are
 * compared as the catalogs have them, letter case included. A part may be double-quoted to hold dots,
 * stars, commas or exclamation marks of its own.
 */
import type { QualifiedName } from "./identifier.ts";

export interface Pattern {
  isExclusion: boolean;
  schema: PatternPart;
  name: PatternPart;
}

/** `text` as written without quotes; `isLiteral` when it holds no `*` of its own. */
export interface PatternPart {
  text: string;
  isLiteral: boolean;
}

export interface TargetExpression {
  patterns: readonly Pattern[];
}

/** `index` is that of the text at fault, undefined where all of them together are. */
type Parsed =
  | { ok: true; expression: TargetExpression }
  | { ok: false; message: string; index?: number };

const part = String.raw`(?:"(?:[^"]|"")+"|[^".!\s][^".]*)`;
const patternShape = new RegExp(String.raw`^\s*(!?)\s*(${part})\s*\.\s*(${part})\s*$`);

/** Parses patterns; one text may hold several, separated by commas. */
export function parseExpression(texts: readonly string[]): Parsed {
  const patterns: Pattern[] = [];
  for (const [index, text] of texts.entries()) {
    for (const piece of splitList(text)) {
      const pattern = parsePattern(piece);
      if (pattern === undefined) {
        const message = `expected patterns like "public.*" or "!public.audit_*", not ${
          JSON.stringify(piece.trim())
        }`;
        return { ok: false, message, index };
      }
      if (
        !pattern.isExclusion && pattern.schema.isLiteral && isReservedSchema(pattern.schema.text)
      ) {
        return {
          ok: false,
          message: `the schema ${pattern.schema.text} is never replicated`,
          index,
        };
      }
      patterns.push(pattern);
    }
  }
  if (!patterns.some((pattern) => !pattern.isExclusion)) {
    return { ok: false, message: "expected at least one pattern that does not start with !" };
  }
  return { ok: true, expression: { patterns } };
}

/** Whether the relation is among those the expression names. Reserved schemas never are. */
export function matchesExpression(expression: TargetExpression, name: QualifiedName): boolean {
  if (isReservedSchema(name.schema)) return false;
  const matching = expression.patterns.filter((pattern) =>
    matchesPart(pattern.schema, name.schema) && matchesPart(pattern.name, name.name)
  );
  return matching.length > 0 && matching.every((pattern) => !pattern.isExclusion);
}

/** Whether the expression names everything of the schema, or all but what it excludes. */
export function matchesSchema(expression: TargetExpression, schema: string): boolean {
  return !isReservedSchema(schema) &&
    expression.patterns.some((pattern) =>
      !pattern.isExclusion && !pattern.name.isLiteral && pattern.name.text === "*" &&
      matchesPart(pattern.schema, schema)
    ) &&
    !expression.patterns.some((pattern) =>
      pattern.isExclusion && !pattern.name.isLiteral && pattern.name.text === "*" &&
      matchesPart(pattern.schema, schema)
    );
}

/** The one schema that every plain pattern names, or undefined where there are several or a `*`. */
export function soleSchemaOf(expression: TargetExpression): string | undefined {
  const schemas = expression.patterns.filter((pattern) => !pattern.isExclusion)
    .map((pattern) => pattern.schema);
  const first = schemas[0];
  return first?.isLiteral &&
      schemas.every((schema) => schema.isLiteral && schema.text === first.text)
    ? first.text
    : undefined;
}

/** PostgreSQL's own schemas (it reserves the prefix `pg_`) and ours: not replicated from or into. */
export function isReservedSchema(schema: string): boolean {
  return schema.startsWith("pg_") || schema === "information_schema" || schema === "teleport";
}

/** Splits at commas outside of quotes. An unclosed quote runs to the end, and no pattern has one. */
function splitList(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '"') isQuoted = !isQuoted;
    if (text[index] === "," && !isQuoted) {
      pieces.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function parsePattern(text: string): Pattern | undefined {
  const match = patternShape.exec(text);
  if (!match) return undefined;
  const [, bang = "", schema = "", name = ""] = match;
  return {
    isExclusion: bang === "!",
    schema: parsePart(schema.trim()),
    name: parsePart(name.trim()),
  };
}

function parsePart(text: string): PatternPart {
  return text.startsWith('"')
    ? { text: text.slice(1, -1).replaceAll('""', '"'), isLiteral: true }
    : { text, isLiteral: !text.includes("*") };
}

/** Not a regular expression: `.*a.*a.*a.*` takes it a time that grows with a power of the stars. */
function matchesPart(pattern: PatternPart, name: string): boolean {
  if (pattern.isLiteral) return pattern.text === name;
  const pieces = pattern.text.split("*");
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (!name.startsWith(first)) return false;
  let end = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, end);
    if (found < 0) return false;
    end = found + piece.length;
  }
  return name.endsWith(last) && name.length - last.length >= end;
}
