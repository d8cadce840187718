import {
  isReservedSchema,
  matchesExpression,
  parseExpression,
  soleSchemaOf,
  type TargetExpression,
} from "../../src/model/mod.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";

function parsed(...texts: string[]): TargetExpression {
  const result = parseExpression(texts);
  ok(result.ok, result.ok ? "" : result.message);
  return result.expression;
}

/** `schema|name` pairs, since names may hold dots. */
function matching(expression: TargetExpression, relations: readonly string[]): string[] {
  return relations.filter((relation) => {
    const [schema = "", name = ""] = relation.split("|");
    return matchesExpression(expression, { schema, name });
  });
}

const cases: readonly { texts: string[]; matches: string[]; others: string[] }[] = [
  { texts: ["public.*"], matches: ["public|a", "public|a b"], others: ["Public|a", "public2|a"] },
  { texts: ["public.a"], matches: ["public|a"], others: ["public|A", "public|aa", "public|"] },
  { texts: ["*.*"], matches: ["public|a", "x|y"], others: [] },
  { texts: ["*.users"], matches: ["public|users", "x|users"], others: ["public|user"] },
  { texts: ["public.a*z"], matches: ["public|az", "public|a-z"], others: ["public|a", "public|z"] },
  { texts: ["public.aa*aa"], matches: ["public|aaaa"], others: ["public|aaa", "public|aa"] },
  { texts: ["public.*b*b*"], matches: ["public|bb", "public|abcb"], others: ["public|ab"] },
  { texts: ["public.a.*"], matches: [], others: [] },
  { texts: ["public.a+"], matches: ["public|a+"], others: ["public|a", "public|aa"] },
  { texts: ["public.*", "!public.log_*"], matches: ["public|a"], others: ["public|log_1"] },
  { texts: ["!public.log_*", "public.*"], matches: ["public|a"], others: ["public|log_1"] },
  { texts: ["public.*, !public.x , y.z"], matches: ["public|a", "y|z"], others: ["public|x"] },
  { texts: ['"a.b".*'], matches: ["a.b|c"], others: ["a|b"] },
  { texts: ['public."*"'], matches: ["public|*"], others: ["public|a"] },
  { texts: ['public."a,b"'], matches: ["public|a,b"], others: ["public|a"] },
  { texts: ['public."say ""hi"""'], matches: ['public|say "hi"'], others: ["public|say hi"] },
  { texts: ['public."!x"'], matches: ["public|!x"], others: ["public|x"] },
  { texts: ["public.Ünï*"], matches: ["public|Ünïcode"], others: ["public|Unicode"] },
  { texts: ["public.a\nb"], matches: ["public|a\nb"], others: ["public|a"] },
];

for (const { texts, matches, others } of cases) {
  const isPattern = matches.length + others.length > 0;
  const name = JSON.stringify(texts);
  Deno.test(`The expression ${name} ${isPattern ? "matches what it says" : "is refused"}`, () => {
    strictEqual(parseExpression(texts).ok, isPattern);
    if (isPattern) deepStrictEqual(matching(parsed(...texts), [...matches, ...others]), matches);
  });
}

const refused: readonly (readonly [texts: string[], message: RegExp, index: number | undefined])[] =
  [
    [[""], /not ""$/, 0],
    [["public"], /not "public"$/, 0],
    [["public.*", "a.b.c"], /not "a\.b\.c"$/, 1],
    [["public.*,"], /not ""$/, 0],
    [["public.*,,a.b"], /not ""$/, 0],
    [['"public.users'], /not "\\"public\.users"$/, 0],
    [['public.users"'], /not "public\.users\\""$/, 0],
    [['"".a'], /not /, 0],
    [["public."], /not "public\."$/, 0],
    [["!!public.a"], /not "!!public\.a"$/, 0],
    [["!public.a"], /at least one pattern that does not start with !/, undefined],
    [["public.*", "pg_catalog.*"], /pg_catalog is never replicated/, 1],
    [["teleport.event_0"], /teleport is never replicated/, 0],
  ];

for (const [texts, message, index] of refused) {
  Deno.test(`The expression ${JSON.stringify(texts)} is refused with what is wrong`, () => {
    const result = parseExpression(texts);
    ok(!result.ok);
    ok(message.test(result.message), result.message);
    strictEqual(result.index, index);
  });
}

Deno.test("System schemas and our own never match, not even *.*", () => {
  const relations = ["pg_catalog|pg_class", "information_schema|tables", "teleport|event_0", "a|b"];
  deepStrictEqual(matching(parsed("*.*"), relations), ["a|b"]);
  ok(isReservedSchema("pg_toast"));
  ok(!isReservedSchema("pgcrypto"));
});

Deno.test("A pattern with many stars is matched in no time", () => {
  const expression = parsed(`public.${"a*".repeat(30)}b`);
  const started = performance.now();
  deepStrictEqual(matching(expression, [`public|${"a".repeat(63)}`]), []);
  ok(performance.now() - started < 1000);
});

Deno.test("The sole schema is the one that every plain pattern names", () => {
  strictEqual(soleSchemaOf(parsed("public.*", "!other.*")), "public");
  strictEqual(soleSchemaOf(parsed('"a*".x, "a*".y')), "a*");
  strictEqual(soleSchemaOf(parsed("public.a", "other.b")), undefined);
  strictEqual(soleSchemaOf(parsed("pub*.a")), undefined);
});
