/**
 * apply_schema: everything of schema S in the source is in schema T on the target.
 *
 * Deparsed with S first in the search path, nearly every reference to S is bare already. What still
 * says `S.` (a name that pg_catalog or a CTE shadows, function bodies) is found by the lexer and
 * renamed, where the name is one that S really holds and no extension owns: extensions keep their schema.
 */
import { quoteIdentifier, quoteLiteral } from "../model/mod.ts";
import { nameOfIdentifier, type Token, tokenize } from "./lexer.ts";

export interface Renaming {
  /** Where an object of a schema goes. */
  schema(name: string): string;
  /** Deparsed text or a function's body in the target's terms. */
  text(sql: string): string;
  /** Whether the schema's name is that of something else in the text too, so that `S.name` says little. */
  isAmbiguous(sql: string): boolean;
  /** The items of a function's `SET search_path TO`. */
  pathItem(name: string): string;
}

/** Names stay as they are. */
export const noRenaming: Renaming = {
  schema: (name) => name,
  text: (sql) => sql,
  isAmbiguous: () => false,
  pathItem: (name) => name,
};

const objectCasts = new Set([
  ...["regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator"],
  ...["regcollation", "regconfig", "regdictionary"],
]);

export class SchemaRenaming implements Renaming {
  readonly #from: string;
  readonly #to: string;
  readonly #names: ReadonlySet<string>;

  /** @param options.names what `from` holds and no extension owns, operators included. */
  constructor(options: { from: string; to: string; names: ReadonlySet<string> }) {
    this.#from = options.from;
    this.#to = options.to;
    this.#names = options.names;
  }

  schema(name: string): string {
    return name === this.#from ? this.#to : name;
  }

  pathItem(name: string): string {
    return this.schema(name);
  }

  text(sql: string): string {
    const tokens = tokenize(sql);
    const solid = tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
    for (const [at, token] of solid.entries()) {
      if (token.kind === "identifier" && this.#isQualifier(solid, at)) {
        token.text = quoteIdentifier(this.#to);
      } else if (token.kind === "string") {
        token.text = this.#literal(solid, at);
      }
    }
    return tokens.map((token) => token.text).join("");
  }

  /** An alias or a variable called S, and an `S.name` of which nobody knows whether it is the schema's. */
  isAmbiguous(sql: string): boolean {
    const solid = tokenize(sql).filter(({ kind }) => kind !== "space" && kind !== "comment");
    const isAlone = solid.some((token, at) =>
      token.kind === "identifier" && nameOfIdentifier(token) === this.#from &&
      solid[at + 1]?.text !== "." && isNaming(solid[at - 1])
    );
    return isAlone &&
      solid.some((token, at) => token.kind === "identifier" && this.#isQualifier(solid, at));
  }

  /** `S.name`, not preceded by a dot, with a name that moves. */
  #isQualifier(tokens: readonly Token[], at: number): boolean {
    const [token, dot, name] = tokens.slice(at, at + 3);
    if (token === undefined || nameOfIdentifier(token) !== this.#from) return false;
    if (dot?.text !== "." || name === undefined || tokens[at - 1]?.text === ".") return false;
    return this.#names.has(name.kind === "identifier" ? nameOfIdentifier(name) : name.text);
  }

  /** `'S'::regnamespace` and `'S.name'::regclass`. */
  #literal(tokens: readonly Token[], at: number): string {
    const text = tokens[at]?.text ?? "";
    const [first, second, type] = tokens.slice(at + 1, at + 4);
    if (!text.startsWith("'") || first?.text !== ":" || second?.text !== ":") return text;
    if (type?.kind !== "identifier") return text;
    const value = text.slice(1, -1).replaceAll("''", "'");
    const cast = nameOfIdentifier(type);
    if (cast === "regnamespace") {
      const [name, ...more] = tokenize(value);
      const isFrom = name?.kind === "identifier" && more.length === 0 &&
        nameOfIdentifier(name) === this.#from;
      return isFrom ? quoteLiteral(quoteIdentifier(this.#to)) : text;
    }
    return objectCasts.has(cast) ? quoteLiteral(this.text(value)).trimStart() : text;
  }
}

/** Whether what follows the token is a name of its own: not in `search_path to S`, `in schema S`. */
function isNaming(token: Token | undefined): boolean {
  if (token?.kind !== "identifier") return token?.text === ")" || token?.text === ";";
  return !["to", "schema"].includes(nameOfIdentifier(token));
}
