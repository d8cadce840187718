/**
 * A function's definition without its name and in the target's terms: the header is deparsed text, the
 * body is the author's own.
 */
import { quoteIdentifier, TeleportError } from "../model/mod.ts";
import { nameOfIdentifier, type Token, tokenize } from "./lexer.ts";
import type { Renaming } from "./renaming.ts";

export interface FunctionSource {
  /** Of pg_get_functiondef. */
  definition: string;
  /** prosrc; empty where the body is BEGIN ATOMIC. */
  body: string;
  language: string;
  /** The ways the definition can write the function's name. */
  names: readonly string[];
}

const languagesOfSql = new Set(["sql", "plpgsql"]);
const opening = /^CREATE OR REPLACE (?:FUNCTION|PROCEDURE) /;
const pathSetting = /^ SET search_path TO (.*)$/m;

/** Whether names in a body of the language are SQL's. */
export function isOfSql(language: string): boolean {
  return languagesOfSql.has(language);
}

/** What follows `create or replace function name`, from the opening parenthesis on. */
export function functionText(source: FunctionSource, renaming: Renaming): string {
  const { definition, body } = source;
  const prefix = opening.exec(definition)?.[0];
  const rest = definition.slice(prefix?.length ?? 0);
  const name = source.names.find((candidate) => rest.startsWith(`${candidate}(`));
  if (prefix === undefined || name === undefined) {
    throw new TeleportError("bug", "A function's definition does not begin with its name", {
      context: { beginning: definition.slice(0, 80) },
    });
  }
  const text = rest.slice(name.length).trimEnd();
  const at = body === "" ? -1 : text.lastIndexOf(body);
  if (at === -1) return renameHeader(text, renaming);
  const renamed = isOfSql(source.language) ? renaming.text(body) : body;
  return renameHeader(text.slice(0, at), renaming) + renamed +
    text.slice(at + body.length);
}

/** Names that a body mentions, with the schema where one is written before them. */
export function* mentionedNames(
  source: FunctionSource,
): Generator<{ schema: string | undefined; name: string }> {
  if (!isOfSql(source.language)) return;
  const tokens = tokenize(source.body)
    .filter(({ kind }) => kind !== "space" && kind !== "comment");
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "identifier") continue;
    const qualifier = tokens[at - 1]?.text === "." ? tokens[at - 2] : undefined;
    const schema = qualifier?.kind === "identifier" ? nameOfIdentifier(qualifier) : undefined;
    yield { schema, name: nameOfIdentifier(token) };
  }
}

/** The part before the body: an opened dollar quote at its end is no string of the header's. */
function renameHeader(header: string, renaming: Renaming): string {
  const quote = /\$[^$\s]*\$$/.exec(header)?.[0] ?? "";
  const text = renaming.text(header.slice(0, header.length - quote.length)) + quote;
  return text.replace(pathSetting, (_line, items: string) => {
    const renamed = pathItems(items).map((item) => quoteIdentifier(renaming.pathItem(item)));
    return ` SET search_path TO ${renamed.join(", ") || "''"}`;
  });
}

/** `'a', "b", c`: literals from 10.3 on, identifiers before. */
function pathItems(text: string): string[] {
  return tokenize(text)
    .filter(({ kind }) => kind === "identifier" || kind === "string")
    .map(itemOf)
    .filter((item) => item !== "");
}

function itemOf(token: Token): string {
  return token.kind === "identifier"
    ? nameOfIdentifier(token)
    : token.text.replace(/^[eE]?'/, "").slice(0, -1).replaceAll("''", "'");
}
