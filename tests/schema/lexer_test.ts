/** The lexer: what is a name in SQL and what only looks like one. */
import assert from "node:assert/strict";
import { nameOfIdentifier, tokenize } from "../../src/schema/lexer.ts";

const texts = [
  "",
  "select 1",
  `select "a""b".c, 'it''s', E'\\'x', U&"d\\0061t" from x -- end`,
  "$$ a $b$ c $$ $tag$ $$ $tag$ $1 a$b",
  "/* a /* nested */ b */ c",
  "'open",
  '"open',
  "/* open",
  "$x$ open",
  "a->>'b' @> c <=- 1 --x",
  "a +-- comment\n b",
  'ünï."Ünï" 1.5e10 .5 1..2',
];

Deno.test("tokens joined are the text", () => {
  for (const text of texts) {
    assert.equal(tokenize(text).map((token) => token.text).join(""), text);
  }
});

function names(sql: string): string[] {
  return tokenize(sql).filter(({ kind }) => kind === "identifier").map(nameOfIdentifier);
}

Deno.test("names in strings, dollar quotes and comments are none", () => {
  assert.deepEqual(names("a 'b' $$c$$ $q$ d $$ $q$ /* e /* f */ g */ h -- i\n j"), ["a", "h", "j"]);
});

Deno.test("a backslash escapes in E strings only", () => {
  assert.deepEqual(names(String.raw`E'\' a' b`), ["b"]);
  assert.deepEqual(names(String.raw`'\' a '`), ["a"]);
});

Deno.test("quoted names keep case and quotes, others fold", () => {
  assert.deepEqual(names(`"A""b" Cd "e.f"`), ['A"b', "cd", "e.f"]);
});

Deno.test("a dollar inside a name opens no quote", () => {
  assert.deepEqual(names("a$b$ c $1 d"), ["a$b$", "c", "d"]);
});

Deno.test("an operator ends where a comment starts", () => {
  assert.deepEqual(names("a <=-- b\n c"), ["a", "c"]);
  assert.deepEqual(names("a */* b */ c"), ["a", "c"]);
});
