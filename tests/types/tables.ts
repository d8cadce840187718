/**
 * Tables made from the catalogue. `val_g` has the types of a group as values, in every way in which a type can
 * be used. `samples` holds the values that the writers take, in tables that are not replicated.
 */
import { quoteLiteral } from "../../src/model/mod.ts";
import type { CataloguedType } from "./catalogue.ts";

const tablesThatAreNamed = `create table public."reg ""Ünï""" (id int primary key);`;

/** Samples and empty tables, for a session whose settings are the server's own. */
export function createTables(types: readonly CataloguedType[], major: number): string {
  const definitions = types.flatMap(({ definition }) =>
    definition === undefined ? [] : [definition]
  );
  return [
    "create schema samples",
    tablesThatAreNamed,
    ...definitions,
    ...types.map((type, n) => createTablesOf(type, n, major)),
    ...groupsOf(types).map((group, g) => createValueTable(group, g, major)),
  ].join(";\n");
}

function createTablesOf(catalogued: CataloguedType, n: number, major: number): string {
  const { type } = catalogued;
  const samples = sampleExpressions(catalogued);
  const rows = samples.map((sample, index) => `(${index + 1}, ${sample}::${type})`);
  const array = arrayOf(catalogued, major);
  return `
    create table samples.v${n} (i int, v ${type});
    insert into samples.v${n} values ${rows.join(", ")};
    create domain dom_${n} as ${
    domainBaseOf(catalogued, major)
  } check (pg_catalog.pg_column_size(value) is distinct from -1);
    create domain deep_${n} as dom_${n} not null check (pg_catalog.pg_column_size(value) > 0);
    create table samples.a${n} (i int, a ${array});
    create type comp_${n} as (v ${type}, a ${array}, "d ""d""" dom_${n});
    ${
    arraySamples(n, { array, count: samples.length, isPartial: lacksArrays(catalogued, major) })
  }`;
}

export function sampleExpressions({ samples, expressions = [] }: CataloguedType): string[] {
  return [...samples.map((sample) => quoteLiteral(sample)), ...expressions];
}

/** Before 11 there are no arrays of domains; smgr never had any. */
export function arrayOf({ type, isDomain }: CataloguedType, major: number): string {
  return type === "smgr" || isDomain && major < 11 ? "text[]" : `${type}[]`;
}

/** Some of its arrays cannot be made: servers before 14 take a vector itself for an array. */
export function lacksArrays({ type }: CataloguedType, major: number): boolean {
  return /^(int2|oid)vector$/.test(type) && major < 14;
}

/** Before 11 there are no domains over composite types. */
export function domainBaseOf({ type, definition = "" }: CataloguedType, major: number): string {
  return major < 11 && /^create type .* as \(/.test(definition) ? "text" : type;
}

/** The whole, none, with nulls, of two dimensions, with bounds of its own. */
function arraySamples(
  n: number,
  { array, count, isPartial }: { array: string; count: number; isPartial: boolean },
): string {
  const cast = array === "text[]" ? "::text" : "";
  const sample = (i: number) => `(select v${cast} from samples.v${n} where i = ${i})`;
  const first = sample(1);
  const last = sample(count);
  const forms = [
    `array[${Array.from({ length: count }, (_, index) => sample(index + 1)).join(", ")}]`,
    "'{}'",
    `array[${first}, null, ${last}]`,
    `array[[${first}, ${last}], [${last}, ${first}]]`,
    `('[-3:-2]=' || (array[${last}, ${first}])::text)`,
    `('[5:5][0:0]=' || (array[[${first}]])::text)`,
  ];
  // A domain may forbid null elements.
  const refusal = isPartial ? "others" : "not_null_violation";
  const inserts = forms.map((form, index) => `
    begin
      insert into samples.a${n} select ${index}, (${form})::${array};
    exception when ${refusal} then
      -- Not every type has every form.
      null;
    end;`);
  return `do $do$ begin ${inserts.join("\n")} end $do$`;
}

/** A type of a value table, with its number in the catalogue. */
export interface Member {
  n: number;
  type: CataloguedType;
}

export const groupSize = 8;

/** Few tables: each of them takes a load of its own. */
export function groupsOf(types: readonly CataloguedType[], size = groupSize): Member[][] {
  const members = types.map((type, n) => ({ n, type }));
  return [...Map.groupBy(members, ({ n }) => Math.floor(n / size)).values()];
}

function createValueTable(group: readonly Member[], g: number, major: number): string {
  const columns = group.map(({ n, type }) =>
    `v${n} ${type.type}, a${n} ${arrayOf(type, major)}, d${n} dom_${n}, dd${n} deep_${n},
     c${n} comp_${n}, ca${n} comp_${n}[]`
  );
  return `create table val_${g} (id int primary key, ${columns.join(", ")})`;
}

/** Every sample as a value, with ids from `first` on. */
export function insertValues(types: readonly CataloguedType[], first: number): string {
  return groupsOf(types).map((group, g) =>
    `insert into val_${g} select ${first} + i.i, ${valuesOf(group)}
     from generate_series(1, ${mostSamples(group)}) i (i) ${samplesOf(group, "i.i")}`
  ).join(";\n");
}

function mostSamples(group: readonly Member[]): number {
  return Math.max(...group.map(({ type }) => sampleExpressions(type).length));
}

function samplesOf(group: readonly Member[], number: string): string {
  return group.map(({ n, type }) => `
    join samples.v${n} s${n} on s${n}.i = ${number} % ${sampleExpressions(type).length} + 1
    left join samples.a${n} a${n} on a${n}.i = ${number} % 7`).join("");
}

function valuesOf(group: readonly Member[]): string {
  return group.map(({ n }) => {
    const [s, a] = [`s${n}.v`, `a${n}.a`];
    return `${s}, ${a}, ${s}, ${s}, row(${s}, ${a}, ${s})::comp_${n},
      array[row(${s}, ${a}, ${s})::comp_${n}, null, row(${s}, null, ${s})::comp_${n}]`;
  }).join(", ");
}

/** Each value becomes the next sample; some become null, and null ones a value. */
export function updateValues(types: readonly CataloguedType[]): string {
  return groupsOf(types).map((group, g) => {
    const all = group.flatMap(({ n }) => ["v", "a", "d", "dd", "c", "ca"].map((name) => name + n));
    const set = (columns: readonly string[], value: string) =>
      group.flatMap(({ n }) => columns.map((column) => `${column}${n} = ${value}`)).join(", ");
    return `
      update val_${g} t set (${all.join(", ")}) = (
        select ${valuesOf(group)} from (select t.id) i ${samplesOf(group, "(t.id + 1)")});
      update val_${g} set ${set(["a", "c", "ca"], "null")} where id % 5 = 3;
      update val_${g} set ${set(["ca"], "'{}'")} where id % 5 = 4;
      delete from val_${g} where id in (1, 1001)`;
  }).join(";\n");
}
