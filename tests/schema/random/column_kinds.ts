/** Random changes of columns and their defaults. */
import { alter, alterColumn, fresh, isFree, type Kind, newColumn, typeFor } from "./chance.ts";

export const columnKinds: readonly Kind[] = [
  {
    name: "add column",
    weight: 10,
    make: (chance) => alter(chance, () => `add column ${newColumn(chance)}`),
  },
  {
    name: "drop column",
    weight: 5,
    make: (chance) => alterColumn(chance, isFree, (_, name) => `drop column ${name} cascade`),
  },
  {
    name: "drop and add a column of the same name",
    weight: 3,
    make: (chance) =>
      alterColumn(
        chance,
        isFree,
        (_, name) => `drop column ${name} cascade, add column ${name} ${typeFor(chance)}`,
      ),
  },
  {
    name: "rename column",
    weight: 5,
    make: (chance) =>
      alterColumn(
        chance,
        () => true,
        (_, name) => `rename column ${name} to ${fresh("c", chance.random)}`,
      ),
  },
  {
    name: "column type",
    weight: 6,
    make: (chance) =>
      alterColumn(
        chance,
        ({ isGenerated }) => !isGenerated,
        (column, name) =>
          column.category === "N"
            ? `alter column ${name} type ${
              chance.random.pick(["bigint", "numeric", `bigint using ${name} + 1`])
            }`
            : `alter column ${name} type text using ${name}::text`,
      ),
  },
  {
    name: "set default",
    weight: 4,
    make: (chance) =>
      alterColumn(
        chance,
        isFree,
        (column, name) =>
          column.category === "N"
            ? `alter column ${name} set default ${chance.random.int(1, 99)}`
            : column.category === "S"
            ? `alter column ${name} set default 'd${chance.random.int(1, 99)}'`
            : `alter column ${name} drop default`,
      ),
  },
  {
    name: "not null",
    weight: 3,
    make: (chance) =>
      alterColumn(
        chance,
        isFree,
        ({ isNotNull }, name) => `alter column ${name} ${isNotNull ? "drop" : "set"} not null`,
      ),
  },
  {
    name: "default by a function",
    weight: 1,
    make: (chance) => {
      const { world, random } = chance;
      const name = world.functions.find((text) => text.includes("f_"))?.replace(/\(.*/, "");
      return name &&
        alterColumn(
          chance,
          ({ type }) => type === "integer",
          (_, column) => `alter column ${column} set default ${name}(${random.int(1, 5)})`,
        );
    },
  },
];
