/**
 * target_expression: which relations a target gets.
 *
 * A list of `schema.table` patterns, `*` standing for any run of characters, `!` before a pattern to
 * exclude. A relation matches when a plain pattern matches it and no `!` pattern does. A part may be
 * double-quoted to hold dots, stars or exclamation marks of its own.
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

type Parsed = { ok: true; expression: TargetExpression } | { ok: false; message: string };

const part = String.raw`(?:"(?:[^"]|"")+"|[^".!\s][^".]*)`;
const patternShape = new RegExp(String.raw`^\s*(!?)\s*(${part})\s*\.\s*(${part})\s*$`);

export function parseExpression(texts: readonly string[]): Parsed {
  const patterns: Pattern[] = [];
  for (const text of texts.flatMap(splitList)) {
    const match = patternShape.exec(text);
    if (!match) {
      return {
        ok: false,
        message: `expected patterns like "public.*" or "!public.audit_*", not ${
          JSON.stringify(text)
        }`,
      };
    }
    const [, bang = "", schema = "", name = ""] = match;
    patterns.push({
      isExclusion: bang === "!",
      schema: parsePart(schema.trim()),
      name: parsePart(name.trim()),
    });
  }
  if (!patterns.some((pattern) => !pattern.isExclusion)) {
    return { ok: false, message: "at least one pattern must not start with !" };
  }
  return { ok: true, expression: { patterns } };
}

/** Whether the relation is among those the expression names. */
export function matchesExpression(expression: TargetExpression, name: QualifiedName): boolean {
  const matching = expression.patterns.filter((pattern) =>
    matchesPart(pattern.schema, name.schema) && matchesPart(pattern.name, name.name)
  );
  return matching.length > 0 && matching.every((pattern) => !pattern.isExclusion);
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

/** Commas separate patterns inside one string, outside of quotes. */
function splitList(text: string): string[] {
  return text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [text];
}

function parsePart(text: string): PatternPart {
  return text.startsWith('"')
    ? { text: text.slice(1, -1).replaceAll('""', '"'), isLiteral: true }
    : { text, isLiteral: !text.includes("*") };
}

function matchesPart(pattern: PatternPart, name: string): boolean {
  if (pattern.isLiteral) return pattern.text === name;
  const shape = pattern.text.split("*").map((piece) =>
    piece.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`)
  );
  return new RegExp(`^${shape.join(".*")}$`, "s").test(name);
}
