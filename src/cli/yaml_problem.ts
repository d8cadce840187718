/**
 * What is wrong with a file that is not YAML, in our own words: the library's messages quote the text
 * at fault, and that may be half of a password.
 */
import type { ErrorCode, YAMLError } from "yaml";

const quoteIt = "put quotes around values that begin with a special character or hold `: ` or ` #`";

const messages: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias (*) cannot have an anchor or tag of its own",
  BAD_ALIAS: "not a usable alias (*) or anchor (&) name",
  BAD_COLLECTION_TYPE: "the tag (!) does not fit a mapping or list",
  BAD_DIRECTIVE: "not a YAML directive (%)",
  BAD_DQ_ESCAPE: "not a known escape; inside double quotes write \\\\ for a backslash",
  BAD_INDENT: "wrong indentation, or a bracket that is not closed",
  BAD_PROP_ORDER: "anchors (&) and tags (!) come before the value",
  BAD_SCALAR_START: `a value cannot begin with this character; ${quoteIt}`,
  BLOCK_AS_IMPLICIT_KEY: `a second mapping on one line; ${quoteIt}`,
  BLOCK_IN_FLOW: "an indented block cannot stand inside { } or [ ]",
  DUPLICATE_KEY: "the key is given twice",
  IMPOSSIBLE: "not YAML",
  KEY_OVER_1024_CHARS: "the key is too long",
  MISSING_CHAR: "a quote, bracket, comma or space is missing",
  MULTILINE_IMPLICIT_KEY: "a `:` is missing after the key",
  MULTIPLE_ANCHORS: "more than one anchor (&)",
  MULTIPLE_DOCS: "expected one YAML document; remove the `---` between them",
  MULTIPLE_TAGS: "more than one tag (!)",
  NON_STRING_KEY: "expected text as a key",
  RESOURCE_EXHAUSTION: "too deeply nested",
  TAB_AS_INDENT: "tabs cannot indent; use spaces",
  TAG_RESOLVE_FAILED: `the tag (!) is not known; ${quoteIt}`,
  UNEXPECTED_TOKEN: `the value should have ended here; ${quoteIt}`,
};

/** The message for one error of the parser of this text. */
export function describeYamlProblem(error: YAMLError, text: string): string {
  const lineStart = text.lastIndexOf("\n", error.pos[0] - 1) + 1;
  if (
    /\$\{/.test(text.slice(lineStart, error.pos[1])) && /[{[].*\$\{/.test(lineAt(text, lineStart))
  ) {
    return "inside { } and [ ] put quotes around ${…}";
  }
  return messages[error.code];
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? undefined : end);
}
