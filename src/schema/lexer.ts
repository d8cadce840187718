/**
 * Splits SQL into tokens, enough to tell names from what only looks like them: strings, dollar quotes,
 * comments and quoted identifiers. Joined again, the tokens are the text. Knows nothing of grammar.
 */

export type TokenKind =
  | "space"
  | "comment"
  | "string"
  | "dollarString"
  | "identifier"
  | "number"
  | "operator"
  | "punctuation";

export interface Token {
  kind: TokenKind;
  text: string;
}

const letter = String.raw`A-Za-z_\u0080-\uffff`;

/** In this order: the first that matches at a place is the token. */
const shapes: readonly [TokenKind, RegExp][] = [
  ["space", /\s+/y],
  ["comment", /--[^\n]*/y],
  ["string", /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y],
  ["string", /(?:[uU]&|[nNbBxX])?'(?:[^']|'')*'/y],
  ["identifier", /(?:[uU]&)?"(?:[^"]|"")*"/y],
  ["identifier", new RegExp(`[${letter}][${letter}0-9$]*`, "y")],
  ["number", /\$\d+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+/y],
];

const dollarTag = new RegExp(`\\$(?:[${letter}][${letter}0-9]*)?\\$`, "y");
const operatorCharacters = "+-*/<>=~!@#%^&|`?";

/** An unclosed string or comment runs to the end as punctuation would: nothing in it is a name. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** The name that an identifier token stands for. */
export function nameOfIdentifier(token: Token): string {
  return token.text.startsWith('"')
    ? token.text.slice(1, -1).replaceAll('""', '"')
    // PostgreSQL folds ASCII only (in the encodings that matter here).
    : token.text.replaceAll(/[A-Z]/g, (character) => character.toLowerCase());
}

function tokenAt(sql: string, at: number): Token {
  const blockComment = blockCommentAt(sql, at);
  if (blockComment !== undefined) return { kind: "comment", text: blockComment };
  const dollarString = dollarStringAt(sql, at);
  if (dollarString !== undefined) return { kind: "dollarString", text: dollarString };
  for (const [kind, shape] of shapes) {
    shape.lastIndex = at;
    const text = shape.exec(sql)?.[0];
    if (text) return { kind, text };
  }
  const character = sql.charAt(at);
  if (character === "'" || character === '"') return { kind: "string", text: sql.slice(at) };
  return operatorCharacters.includes(character)
    ? { kind: "operator", text: operatorAt(sql, at) }
    : { kind: "punctuation", text: character };
}

/** Up to where a comment starts, as PostgreSQL's own lexer does. */
function operatorAt(sql: string, at: number): string {
  let end = at + 1;
  while (end < sql.length && operatorCharacters.includes(sql.charAt(end))) {
    const pair = sql.slice(end, end + 2);
    if (pair === "--" || pair === "/*") break;
    end++;
  }
  return sql.slice(at, end);
}

/** Block comments nest. */
function blockCommentAt(sql: string, at: number): string | undefined {
  if (!sql.startsWith("/*", at)) return undefined;
  let depth = 0;
  for (let end = at; end < sql.length;) {
    if (sql.startsWith("/*", end)) depth++;
    else if (sql.startsWith("*/", end)) depth--;
    else {
      end++;
      continue;
    }
    end += 2;
    if (depth === 0) return sql.slice(at, end);
  }
  return sql.slice(at);
}

function dollarStringAt(sql: string, at: number): string | undefined {
  if (sql.charAt(at) !== "$") return undefined;
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(sql)?.[0];
  if (tag === undefined) return undefined;
  const end = sql.indexOf(tag, at + tag.length);
  return sql.slice(at, end === -1 ? sql.length : end + tag.length);
}
