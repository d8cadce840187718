/**
 * Columns that come with a default. A table that has rows is not rewritten for those of `plain_g` since
 * PostgreSQL 11; it is for those of `forced_g`, domains with checks. The defaults of `dated` are no
 * constants: what they give depends on the writer's moment and settings.
 */
import type { CataloguedType } from "./catalogue.ts";
import { arrayOf, groupsOf, lacksArrays, type Member, sampleExpressions } from "./tables.ts";

const moments: readonly string[] = [
  "timestamptz default now()",
  "text default now()::text",
  "text default current_setting('timezone') || current_setting('datestyle')",
  "timestamptz default '2024-03-04 05:06:07'::text::timestamptz",
  "text default '2024-03-04 05:06:07+02'::timestamptz::text",
  "text default (0.1::float8 + 0.2)::text",
  `text default E'\\\\xdead5c00'::bytea::text`,
  "text default '1 year -1 day 1 second'::interval::text",
  "money default 1234.5::money",
  "text default 1234.5::money::text",
  "date default current_date",
  "name default current_user",
];

/** Nothing that the server refuses as a default: a role's number is of one server only. */
function canBeDefault({ type }: CataloguedType): boolean {
  return type !== "regrole";
}

export interface GrownTable {
  name: string;
  /** ALTER TABLE commands. */
  additions: readonly string[];
  /** Whether a row of defaults alone is the same on both sides. */
  hasConstants: boolean;
}

export function grownTables(types: readonly CataloguedType[], major: number): GrownTable[] {
  const groups = groupsOf(types, 40);
  const tables = (prefix: string, isOfIt: (type: CataloguedType) => boolean) =>
    groups.map((group) => group.filter(({ type }) => canBeDefault(type) && isOfIt(type)))
      .filter((group) => group.length > 0)
      .map((group, g) => ({
        name: `${prefix}_${g}`,
        additions: group.flatMap((member) => columnsOf(member, major)),
        hasConstants: true,
      }));
  return [
    ...tables("plain", ({ isDomain = false }) => !isDomain),
    ...tables("forced", ({ isDomain = false }) => isDomain),
    {
      name: "dated",
      additions: moments.map((moment, i) => `add column m${i} ${moment}`),
      hasConstants: false,
    },
  ];
}

/** One column for each sample, and for arrays and composites. */
function columnsOf({ n, type }: Member, major: number): string[] {
  const samples = sampleExpressions(type).map((sample) => `${sample}::${type.type}`);
  const [first = "null", last = first] = [samples[0], samples.at(-1)];
  const array = arrayOf(type, major);
  const cast = array === "text[]" ? "::text" : "";
  const items = [first + cast, last + cast, ...(type.isDomain ? [] : ["null"])];
  const arrays = lacksArrays(type, major) ? [] : [
    `add column a${n} ${array} default array[${items.join(", ")}]::${array}`,
    `add column e${n} ${array} default '{}'`,
  ];
  return [
    ...samples.map((sample, i) => `add column v${n}_${i} ${type.type} default ${sample}`),
    ...arrays,
    ...(type.isDomain ? [] : [
      `add column c${n} comp_${n} default row(${last}, null, ${first})::comp_${n}`,
    ]),
  ];
}

export function createGrown(tables: readonly GrownTable[]): string {
  return tables.map(({ name }) => `create table ${name} (id int primary key)`).join(";\n");
}

export function fillGrown(tables: readonly GrownTable[]): string {
  return tables.map(({ name }) => `insert into ${name} select generate_series(1, 4)`).join(";\n");
}

/** The columns come; some rows change and some come after them. */
export function grow(tables: readonly GrownTable[]): string {
  return tables.map(({ name, additions }) => `
    alter table ${name} ${additions.join(", ")};
    update ${name} set id = id + 100 where id % 3 = 0;
    delete from ${name} where id = 1;
    insert into ${name} select generate_series(20, 22)`).join(";\n");
}
