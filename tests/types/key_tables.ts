/**
 * Every type of the catalogue as a key, where the server lets it be one: `key_n` has type number n alone,
 * `arrays_g`, `domains_g` and `pairs_g` have the arrays of a group's types, domains over them and
 * composites of them, all in one key.
 */
import { runSql, type TestDatabase } from "../postgres/mod.ts";
import type { CataloguedType } from "./catalogue.ts";
import { arrayOf, domainBaseOf, groupsOf, type Member } from "./tables.ts";

/** The columns of a key in the tables of each kind, which the samples have too. */
const kinds = { arrays: "a", domains: "d", pairs: "c" } as const;

type Kind = keyof typeof kinds;

/** Rows of each of the tables by group. */
const rowCount = 24;

/** Types that can be keys, with their numbers in the catalogue. */
export interface KeyTypes {
  members: readonly Member[];
  groups: readonly (readonly Member[])[];
}

/** Tables `key_n`, where the server lets the type be a key. */
export function createKeyTables(types: readonly CataloguedType[]): string {
  return types.map(({ type }, n) => `
    do $do$ begin
      create table key_${n} (k ${type} primary key, n int);
    exception when undefined_object then
      -- It has no order, so it cannot be a key.
      null;
    end $do$`).join(";\n");
}

export async function readKeyTypes(
  { server, name }: TestDatabase,
  types: readonly CataloguedType[],
): Promise<KeyTypes> {
  const found = await runSql<{ n: number }>(
    server.url(name),
    `select n from generate_series(0, ${
      types.length - 1
    }) n where to_regclass('public.key_' || n) is not null`,
  );
  const numbers = new Set(found.map(({ n }) => n));
  const groups = groupsOf(types).map((group) => group.filter(({ n }) => numbers.has(n)))
    .filter((group) => group.length > 0);
  return { members: groups.flat(), groups };
}

export function tablesOf({ groups }: KeyTypes): string[] {
  return groups.flatMap((_, g) => Object.keys(kinds).map((kind) => `${kind}_${g}`));
}

/** The tables by group, empty, and the samples that fit an index together: first one of every value. */
export function createKeyGroups({ members, groups }: KeyTypes, major: number): string {
  const samples = members.map(({ n }) => `
    create table samples.k${n} as
      select pg_catalog.row_number() over (order by (coalesce(a.i, 0) - s.i) & 7, s.i) as i, x.*
      from samples.v${n} s left join samples.a${n} a on true
      cross join lateral (select s.v as d, coalesce(a.a, '{}') as a,
        row(s.v, coalesce(a.a, '{}'), s.v)::comp_${n} as c) x
      where pg_catalog.pg_column_size(x.c) < 300`);
  const tables = groups.flatMap((group, g) => {
    const typeOf = {
      arrays: ({ type }: Member) => arrayOf(type, major),
      domains: ({ n }: Member) => `deep_${n}`,
      pairs: ({ n }: Member) => `comp_${n}`,
    } satisfies Record<Kind, (member: Member) => string>;
    return forKinds((kind, column) => {
      const columns = group.map((member) => `${column}${member.n} ${typeOf[kind](member)}`);
      const key = group.map(({ n }) => column + n);
      return `create table ${kind}_${g} (note text, ${columns.join(", ")}, n int,
        primary key (${key.join(", ")}, n))`;
    });
  });
  return [...samples, ...tables].join(";\n");
}

/**
 * What is not there yet.
 * @param isLoaded the samples with even numbers, into some of the tables only; else those with odd ones.
 */
export function insertKeys({ members, groups }: KeyTypes, isLoaded: boolean): string {
  const remainder = isLoaded ? 0 : 1;
  const isWanted = (number: number) => !isLoaded || number % 2 === 0;
  const single = members.filter(({ n }) => isWanted(n)).map(({ n }) =>
    `insert into key_${n} select v, i from samples.v${n}
       where pg_catalog.pg_column_size(v) < 2000 and i % 2 = ${remainder} on conflict do nothing`
  );
  const grouped = groups.flatMap((group, g) => {
    if (!isWanted(g)) return [];
    return forKinds((kind, column) =>
      `insert into ${kind}_${g} (n, ${columnsOf(group, column)})
         select i.i, ${valuesOf(group, column)} from generate_series(1, ${rowCount}) i (i)
         ${samplesOf(group, "i.i")} where i.i % 2 = ${remainder}`
    );
  });
  return [...single, ...grouped].join(";\n");
}

/** A key goes, the next row takes it, and so on; then equal keys take another form ('1.0', '1.00'). */
export function updateKeys({ members, groups }: KeyTypes, major: number): string {
  const single = members.map(({ n }) => `
    do $do$
    declare
      free record;
      this record;
    begin
      delete from key_${n} where n = (select min(n) from key_${n}) returning k, n into free;
      for this in select k, n from key_${n} order by n loop
        update key_${n} t set k = free.k where t.n = this.n;
        free := this;
      end loop;
      -- The only one comes back.
      insert into key_${n} select free.k, free.n where not exists (select from key_${n});
      update key_${n} t set k = s.v from samples.v${n} s where t.k = s.v and t.k::text <> s.v::text;
      update key_${n} set n = n + 1000 where n % 2 = 0;
    end
    $do$`);
  const grouped = groups.flatMap((group, g) => [
    ...forKinds((kind, column) => `
      update ${kind}_${g} t set (${columnsOf(group, column)}) = (
        select ${valuesOf(group, column)} from (select t.n + 7) i (i) ${samplesOf(group, "i.i")})
        where n % 3 = 0;
      update ${kind}_${g} set n = n + 1000 where n % 3 = 1;
      update ${kind}_${g} set note = 'noted' where n % 4 in (2, 3);
      delete from ${kind}_${g} where n % 5 = 4`),
    ...group.map(({ n, type }) => {
      const base = domainBaseOf(type, major);
      return `update domains_${g} t set d${n} = s.v from samples.v${n} s
        where t.d${n}::${base} = s.v::${base} and t.d${n}::text <> s.v::text`;
    }),
  ]);
  return [...single, ...grouped].join(";\n");
}

function forKinds(statement: (kind: Kind, column: string) => string): string[] {
  const all: readonly Kind[] = ["arrays", "domains", "pairs"];
  return all.map((kind) => statement(kind, kinds[kind]));
}

function columnsOf(group: readonly Member[], column: string): string {
  return group.map(({ n }) => column + n).join(", ");
}

function valuesOf(group: readonly Member[], column: string): string {
  return group.map(({ n }) => `k${n}.${column}`).join(", ");
}

function samplesOf(group: readonly Member[], number: string): string {
  return group.map(({ n }) =>
    `join samples.k${n} k${n} on k${n}.i = ${number} % (select count(*) from samples.k${n}) + 1`
  ).join("\n");
}
