/** apply_schema on text: what still says S becomes T, nothing else changes. */
import assert from "node:assert/strict";
import { functionText } from "../../src/schema/function_text.ts";
import { SchemaRenaming } from "../../src/schema/renaming.ts";

const renaming = new SchemaRenaming({
  from: "public",
  to: "te st",
  names: new Set(["person", "lower", "Odd name", "=@=", "counter"]),
});

const cases: [what: string, before: string, after: string][] = [
  ["a table", "select * from public.person", 'select * from "te st".person'],
  ["a quoted schema", '"public" . person', '"te st" . person'],
  ["folded", "PUBLIC.Person", '"te st".Person'],
  ["a quoted name", 'public."Odd name"', '"te st"."Odd name"'],
  ["an operator", "a OPERATOR(public.=@=) b", 'a OPERATOR("te st".=@=) b'],
  ["across a comment", "public/* x */.person", '"te st"/* x */.person'],
  [
    "a regclass literal",
    "nextval('public.counter'::regclass)",
    `nextval('"te st".counter'::regclass)`,
  ],
  [
    "a regconfig literal",
    "to_tsvector('public.person'::regconfig, v)",
    `to_tsvector('"te st".person'::regconfig, v)`,
  ],
  [
    "a regoperator literal",
    "'public.=@=(text,text)'::regoperator",
    `'"te st".=@=(text,text)'::regoperator`,
  ],
  ["a regnamespace literal", "'public'::regnamespace", `'"te st"'::regnamespace`],
];

for (const [what, before, after] of cases) {
  Deno.test(`renames ${what}`, () => assert.equal(renaming.text(before), after));
}

const untouched: [what: string, text: string][] = [
  ["what an extension owns", "public.gin_trgm_ops"],
  ["a column of an alias that is called like the schema", "select public.id from x public"],
  ["a string", "'public.person'"],
  ["a string of another type", "'public.person'::text"],
  ["a dollar string", "$$public.person$$"],
  ["a comment", "-- public.person"],
  ["a database's schema", "a.public.person"],
  ["another schema", '"Public".person'],
  ["the word alone", "grant select on x to public"],
];

for (const [what, text] of untouched) {
  Deno.test(`leaves alone ${what}`, () => assert.equal(renaming.text(text), text));
}

function renamedFunction(header: string, body: string, language = "sql"): string {
  const definition =
    `CREATE OR REPLACE FUNCTION public.f(${header}AS $function$${body}$function$\n`;
  const names = ["public.f", "f"];
  return functionText({ definition, body, language, names }, renaming);
}

Deno.test("renames inside the bodies of sql and plpgsql functions", () => {
  const body = "select public.lower('public.person') /* public.person */";
  const renamed = `select "te st".lower('public.person') /* public.person */`;
  const header = "a text)\n RETURNS text\n LANGUAGE sql\n";
  assert.equal(renamedFunction(header, body), `(${header}AS $function$${renamed}$function$`);
});

Deno.test("leaves bodies of other languages verbatim", () => {
  const header = "a text)\n RETURNS text\n LANGUAGE plpython3u\n";
  assert.ok(
    renamedFunction(header, "public.person", "plpython3u").includes("$function$public.person$"),
  );
});

Deno.test("maps a function's search_path, as literals and as identifiers", () => {
  for (const path of [`'public', 'x y', 'pg_temp'`, `public, "x y", pg_temp`]) {
    const header = `)\n RETURNS void\n LANGUAGE sql\n SET search_path TO ${path}\n`;
    const text = renamedFunction(header, "");
    assert.ok(text.includes(` SET search_path TO "te st", "x y", "pg_temp"\n`), text);
  }
});

for (
  const [what, text, isAmbiguous] of [
    ["an alias", "select public.person.id, public.lower from public.person, x public", true],
    ["an alias with AS", "select public.lower from x as public", true],
    ["an alias of a subquery", "select public.lower from (select 1 as lower) public", true],
    ["a variable", "declare public record; begin return public.person; end", true],
    ["an alias whose columns no object is called like", "select public.id from x public", false],
    ["a path", "set search_path to public; select * from public.person", false],
    ["nothing", "select * from public.person", false],
  ] as const
) {
  const verb = isAmbiguous ? "tells" : "does not tell";
  Deno.test(`${verb} that ${what} has the schema's name`, () => {
    assert.equal(renaming.isAmbiguous(text), isAmbiguous);
  });
}
