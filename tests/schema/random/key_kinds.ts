/** Random changes of constraints and indexes. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import { nameOf } from "./catalog.ts";
import { alter, fresh, isPlain, type Kind, pickColumn, pickTable } from "./chance.ts";

export const keyKinds: readonly Kind[] = [
  {
    name: "check",
    weight: 4,
    make: (chance) =>
      alter(chance, (table) => {
        const column = pickColumn(chance.random, table, () => true);
        const suffix = chance.random.chance(0.5) ? " not valid" : "";
        return column &&
          `add constraint ${fresh("k", chance.random)} check (${
            quoteIdentifier(column.name)
          } is not null or true)${suffix}`;
      }),
  },
  {
    name: "unique",
    weight: 2,
    make: (chance) =>
      alter(chance, (table) => {
        const column = pickColumn(chance.random, table, ({ category }) => "NSU".includes(category));
        return column &&
          `add constraint ${fresh("k", chance.random)} unique (${quoteIdentifier(column.name)})`;
      }),
  },
  {
    name: "foreign key",
    weight: 3,
    make: (chance) =>
      alter(chance, (table) => {
        const to = pickTable(chance, ({ columns }) =>
          columns.filter(({ isKey }) => isKey).length === 1);
        const key = to?.columns.find(({ isKey }) =>
          isKey
        );
        const column = pickColumn(chance.random, table, ({ type, isGenerated }) =>
          type === key?.type && !isGenerated);
        if (to === undefined || column === undefined) {
          return undefined;
        }
        return `add constraint ${fresh("k", chance.random)} foreign key (${
          quoteIdentifier(column.name)
        }) references ${nameOf(to)} on delete cascade`;
      }),
  },
  {
    name: "drop constraint",
    weight: 4,
    make: (chance) =>
      alter(
        chance,
        ({ constraints }) =>
          constraints.length === 0
            ? undefined
            : `drop constraint ${quoteIdentifier(chance.random.pick(constraints))} cascade`,
      ),
  },
  {
    name: "rename constraint",
    weight: 2,
    make: (chance) =>
      alter(
        chance,
        ({ constraints }) =>
          constraints.length === 0
            ? undefined
            : `rename constraint ${quoteIdentifier(chance.random.pick(constraints))} to ${
              fresh("k", chance.random)
            }`,
      ),
  },
  {
    name: "another primary key",
    weight: 2,
    make: (chance) =>
      alter(chance, (table) => {
        const column = pickColumn(chance.random, table, ({ isNotNull, isGenerated }) =>
          isNotNull && !isGenerated);
        if (column === undefined || table.key === null || table.isPartitioned) {
          return undefined;
        }
        return `drop constraint ${quoteIdentifier(table.key)} cascade, add primary key (${
          quoteIdentifier(column.name)
        })`;
      }),
  },
  {
    name: "create index",
    weight: 5,
    make: (chance) => {
      const table = pickTable(chance, isPlain);
      const column = table &&
        pickColumn(chance.random, table, ({ category }) => "NSU".includes(category));
      if (table === undefined || column === undefined) return undefined;
      const name = quoteIdentifier(column.name);
      const what = chance.random.pick([
        `(${name})`,
        `((${name}::text || 'x'))`,
        `(${name}) where ${name} is not null`,
        `(${name} desc)`,
      ]);
      return `create index ${fresh("i", chance.random)} on ${nameOf(table)} ${what}`;
    },
  },
  {
    name: "drop or rename index",
    weight: 3,
    make: (chance) => {
      const table = pickTable(
        chance,
        ({ indexes, isPartition }) => indexes.length > 0 && !isPartition,
      );
      if (table === undefined) return undefined;
      const index = chance.random.pick(table.indexes);
      return chance.random.chance(0.5)
        ? `drop index ${index}`
        : `alter index ${index} rename to ${fresh("i", chance.random)}`;
    },
  },
];
