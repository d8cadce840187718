/**
 * Tables made from the catalogue. `val_g` has the types of a group as values, in every way in which a type can
 * be used; `key_n` and `keys_n` have type number n as a key where the server lets it be one. `samples` holds the
 * values that the writers take, in tables that are not replicated.
 */
import { quoteLiteral } from "../../src/model/mod.ts";
import { runSql, type TestDatabase } from "../postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";
import type { CataloguedType } from "./catalogue.ts";
import type { Question } from "./compare.ts";

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
    do $do$ begin
      create table key_${n} (k ${type} primary key, n int);
      ${
    hasMixedKey(n)
      ? `create table keys_${n} (a ${array}, d deep_${n}, c comp_${n}, n int, primary key (d, a, c));`
      : ""
  }
    exception when undefined_object then
      -- It has no order, so it cannot be a key.
      null;
    end $do$;
    ${
    arraySamples(n, { array, count: samples.length, isPartial: lacksArrays(catalogued, major) })
  }`;
}

/** Not every type: each such table takes its time. */
function hasMixedKey(n: number): boolean {
  return n % 3 === 0;
}

function sampleExpressions({ samples, expressions = [] }: CataloguedType): string[] {
  return [...samples.map((sample) => quoteLiteral(sample)), ...expressions];
}

/** Before 11 there are no arrays of domains; smgr never had any. */
function arrayOf({ type, isDomain }: CataloguedType, major: number): string {
  return type === "smgr" || isDomain && major < 11 ? "text[]" : `${type}[]`;
}

/** Some of its arrays cannot be made: servers before 14 take a vector itself for an array. */
function lacksArrays({ type }: CataloguedType, major: number): boolean {
  return /^(int2|oid)vector$/.test(type) && major < 14;
}

/** Before 11 there are no domains over composite types. */
function domainBaseOf({ type, definition = "" }: CataloguedType, major: number): string {
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
interface Member {
  n: number;
  type: CataloguedType;
}

const groupSize = 8;

/** Few tables: each of them takes a load of its own. */
function groupsOf(types: readonly CataloguedType[]): Member[][] {
  const members = types.map((type, n) => ({ n, type }));
  return [...Map.groupBy(members, ({ n }) => Math.floor(n / groupSize)).values()];
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

/**
 * What fits an index and is not there yet.
 * @param isLoaded the samples with even numbers, into some of the tables only; else those with odd ones.
 */
export function insertKeys(types: readonly CataloguedType[], isLoaded: boolean): string {
  const remainder = isLoaded ? 0 : 1;
  return types.map((_, n) => `
    do $do$ begin
      if to_regclass('public.key_${n}') is not null and ${!isLoaded || n % 2 === 0} then
        insert into key_${n} select v, i from samples.v${n}
          where pg_catalog.pg_column_size(v) < 2000 and i % 2 = ${remainder} on conflict do nothing;
      end if;
      if to_regclass('public.keys_${n}') is not null and ${!isLoaded || n % 2 === 0} then
        insert into keys_${n} select a.a, s.v, row(s.v, a.a, s.v)::comp_${n}, 10 * s.i + a.i
          from samples.v${n} s, samples.a${n} a
          where 3 * pg_catalog.pg_column_size(s.v) + 2 * pg_catalog.pg_column_size(a.a) < 2000
            and (s.i + a.i) % 2 = ${remainder} on conflict do nothing;
      end if;
    end $do$`).join(";\n");
}

/** A key goes, the next row takes it, and so on; then equal keys take another form ('1.0', '1.00'). */
export function updateKeys(types: readonly CataloguedType[], major: number): string {
  return types.map((type, n) => {
    const base = domainBaseOf(type, major);
    const isSame = `t.d::${base} = s.v::${base}`;
    return `
    do $do$
    declare
      free record;
      this record;
    begin
      if to_regclass('public.key_${n}') is null then
        return;
      end if;
      delete from key_${n} where n = (select min(n) from key_${n}) returning k into free;
      for this in select k, n from key_${n} order by n loop
        update key_${n} t set k = free.k where t.n = this.n;
        free := this;
      end loop;
      update key_${n} t set k = s.v from samples.v${n} s where t.k = s.v and t.k::text <> s.v::text;
      if to_regclass('public.keys_${n}') is null then
        return;
      end if;
      delete from keys_${n} where n = (select min(n) from keys_${n}) returning d as k into free;
      update keys_${n} t set n = n + 1000, c = row(s.v, null, s.v)::comp_${n}
        from samples.v${n} s where ${isSame} and n % 2 = 0;
      update keys_${n} t set d = s.v from samples.v${n} s where ${isSame} and t.d::text <> s.v::text;
    end
    $do$`;
  }).join(";\n");
}

/** Text that depends on how the server prints floats, which changed with 12. */
const hasFloats = /float|point|line|lseg|box|path|polygon|circle|cube|earth|seg|x""y|nested/;

/** What is compared of each table that is there. */
export async function questionsFor(
  pair: Pair,
  types: readonly CataloguedType[],
): Promise<Question[]> {
  const isComparable = (pair.source.server.major < 12) === (pair.target.server.major < 12);
  const facts = await factsOf(pair.source, types);
  const there = await factsOf(pair.target, types);
  return facts.flatMap(({ n, hasKey, isArrayBinary, hasMixedKey, ...fact }) => {
    const isBinary = fact.isBinary && there[n]?.isBinary === true;
    const type = types[n]?.type ?? "";
    const hasText = isComparable || !hasFloats.test(type);
    const table = `val_${Math.floor(n / groupSize)}`;
    const columns = (names: readonly string[]) =>
      ["id", ...names.map((name) => name + n)].join(", ");
    const all = columns(["v", "a", "d", "dd", "c", "ca"]);
    const raw = type === "xml" ? `, v${n}::text, d${n}::text` : "";
    const plain = columns(["v", "d", "dd", ...(isArrayBinary ? ["a"] : [])]);
    return [
      ...(hasText ? [question(table, `${all}${raw}`, "id", { type })] : []),
      ...(isBinary ? [question(table, plain, "id", { type, isBinary })] : []),
      ...(hasKey && hasText ? [question(`key_${n}`, "*", "n", { type })] : []),
      ...(hasMixedKey && hasText ? [question(`keys_${n}`, "*", "n", { type })] : []),
      ...(hasKey && isBinary ? [question(`key_${n}`, "*", "n", { type, isBinary })] : []),
    ];
  });
}

interface TypeFacts {
  n: number;
  /** Its binary form is the value, and no OID of one server. */
  isBinary: boolean;
  isArrayBinary: boolean;
  hasKey: boolean;
  hasMixedKey: boolean;
}

function factsOf(
  { server, name }: TestDatabase,
  types: readonly CataloguedType[],
): Promise<TypeFacts[]> {
  return runSql<{ [Fact in keyof TypeFacts]: TypeFacts[Fact] }>(
    server.url(name),
    `select x.n::int - 1 as n, t.typsend <> 0 and t.typname !~ '^reg' and t.typtype not in ('c') and b.typtype not in ('c') as "isBinary",
       t.oid < 16384 and t.typtype <> 'd' as "isArrayBinary",
       to_regclass('public.key_' || (x.n - 1)) is not null as "hasKey",
       to_regclass('public.keys_' || (x.n - 1)) is not null as "hasMixedKey"
     from unnest($1::text[]) with ordinality x (name, n)
     join pg_type t on t.oid = x.name::regtype
     join pg_type b on b.oid = case when t.typbasetype = 0 then t.oid else t.typbasetype end
     order by x.n`,
    [types.map(({ type }) => type)],
  );
}

function question(
  table: string,
  columns: string,
  order: string,
  { type, isBinary = false }: { type: string; isBinary?: boolean },
): Question {
  return {
    name: `${table} ${type}${isBinary ? ", binary" : ""}`,
    query: `select ${columns} from public.${table} order by ${order}`,
    isBinary,
  };
}
