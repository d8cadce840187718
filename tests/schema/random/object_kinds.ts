/** Random changes of types, sequences and functions. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import { fresh, type Kind, nextNumber } from "./chance.ts";

export const objectKinds: readonly Kind[] = [
  {
    name: "create enum",
    weight: 2,
    make: ({ random }) => `create type ${fresh("e", random)} as enum ('a', 'b')`,
  },
  {
    name: "add a label",
    weight: 3,
    make: ({ world, random }) => {
      const types = world.types.filter(({ kind }) => kind === "e");
      if (types.length === 0) return undefined;
      const type = random.pick(types);
      const before = random.chance(0.5) ? ` before '${random.pick(type.labels)}'` : "";
      return `alter type ${type.name} add value 'l${nextNumber()}'${before}`;
    },
  },
  {
    name: "rename a label",
    weight: 2,
    make: ({ world, random }) => {
      const types = world.types.filter(({ kind }) => kind === "e");
      if (types.length === 0) return undefined;
      const type = random.pick(types);
      return `alter type ${type.name} rename value '${
        random.pick(type.labels)
      }' to 'l${nextNumber()}'`;
    },
  },
  {
    name: "create domain",
    weight: 1,
    make: ({ random }) =>
      `create domain ${fresh("d", random)} as integer default 3 check (value <> -1)`,
  },
  {
    name: "change domain",
    weight: 2,
    make: ({ world, random }) => {
      const types = world.types.filter(({ kind }) => kind === "d");
      if (types.length === 0) return undefined;
      const { name, constraints } = random.pick(types);
      if (constraints.length > 0 && random.chance(0.5)) {
        return `alter domain ${name} drop constraint ${quoteIdentifier(random.pick(constraints))}`;
      }
      return `alter domain ${name} ${
        random.pick([
          `add constraint ${fresh("k", random)} check (value <> -2)`,
          "set default 5",
          "drop default",
        ])
      }`;
    },
  },
  {
    name: "create composite",
    weight: 1,
    make: ({ random }) => `create type ${fresh("x", random)} as (a integer, b text)`,
  },
  {
    name: "rename type",
    weight: 2,
    make: ({ world, random }) => {
      if (world.types.length === 0) return undefined;
      const { name, kind } = random.pick(world.types);
      return `alter ${kind === "d" ? "domain" : "type"} ${name} rename to ${fresh("y", random)}`;
    },
  },
  {
    name: "drop type",
    weight: 1,
    make: ({ world, random }) => {
      if (world.types.length < 4) return undefined;
      const { name, kind } = random.pick(world.types);
      return `drop ${kind === "d" ? "domain" : "type"} ${name} cascade`;
    },
  },
  {
    name: "sequence",
    weight: 2,
    make: ({ world, random }) =>
      world.sequences.length === 0 || random.chance(0.4)
        ? `create sequence ${fresh("s", random)}`
        : random.chance(0.3)
        ? `drop sequence ${random.pick(world.sequences)} cascade`
        : `alter sequence ${random.pick(world.sequences)} increment ${random.int(1, 9)}`,
  },
  {
    name: "function",
    weight: 3,
    make: ({ world, random }) =>
      world.functions.length > 2 && random.chance(0.3)
        ? `drop function ${random.pick(world.functions)} cascade`
        : `create or replace function ${random.pick(["f_a", "f_b", "f_c"])}(integer) returns integer
           language sql immutable as 'select $1 + ${random.int(1, 9)}'`,
  },
];
