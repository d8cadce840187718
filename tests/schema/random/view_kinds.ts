/** Random changes of views and materialized views: what other changes have to take along. */
import { quoteIdentifier } from "../../../src/model/mod.ts";
import { nameOf } from "./catalog.ts";
import { type Chance, fresh, type Kind, pickTable } from "./chance.ts";

/** Some columns of a table or of another view. */
function queryOf(chance: Chance): string | undefined {
  const { world, random } = chance;
  if (world.views.length > 0 && random.chance(0.3)) {
    return `select * from ${random.pick(world.views).name}`;
  }
  const table = pickTable(chance, ({ columns }) => columns.length > 0);
  if (table === undefined) return undefined;
  const columns = table.columns.slice(0, random.int(1, 3)).map(({ name }) => quoteIdentifier(name));
  const [first = ""] = columns;
  const condition = random.pick(["", ` where ${first} is not null`, ` order by ${first}`]);
  return `select ${columns.join(", ")} from ${nameOf(table)}${condition}`;
}

function pickView({ world, random }: Chance, isMaterialized?: boolean) {
  const found = world.views.filter((view) =>
    isMaterialized === undefined || view.isMaterialized === isMaterialized
  );
  return found.length === 0 ? undefined : random.pick(found);
}

const word = ({ isMaterialized }: { isMaterialized: boolean }) =>
  isMaterialized ? "materialized view" : "view";

export const viewKinds: readonly Kind[] = [
  {
    name: "create view",
    weight: 3,
    make: (chance) => {
      const query = queryOf(chance);
      return query && `create view ${fresh("v", chance.random)} as ${query}`;
    },
  },
  {
    name: "create materialized view",
    weight: 2,
    make: (chance) => {
      const query = queryOf(chance);
      return query && `create materialized view ${fresh("m", chance.random)} as ${query}`;
    },
  },
  {
    name: "index of a materialized view",
    weight: 1,
    make: (chance) => {
      const view = pickView(chance, true);
      return view &&
        `create index ${fresh("i", chance.random)} on ${view.name} (${
          quoteIdentifier(chance.random.pick(view.columns))
        })`;
    },
  },
  {
    name: "refresh",
    weight: 2,
    make: (chance) => {
      const view = pickView(chance, true);
      return view && `refresh materialized view ${view.name}`;
    },
  },
  {
    name: "replace view",
    weight: 2,
    make: (chance) => {
      const view = pickView(chance, false);
      return view &&
        `create or replace view ${view.name} as select * from (${view.query}) q limit ${
          chance.random.int(1, 99)
        }`;
    },
  },
  {
    name: "rename view",
    weight: 2,
    make: (chance) => {
      const view = pickView(chance);
      return view && `alter ${word(view)} ${view.name} rename to ${fresh("v", chance.random)}`;
    },
  },
  {
    name: "rename a view's column",
    weight: 1,
    make: (chance) => {
      const view = pickView(chance);
      return view &&
        `alter table ${view.name} rename column ${
          quoteIdentifier(chance.random.pick(view.columns))
        } to ${fresh("c", chance.random)}`;
    },
  },
  {
    name: "drop view",
    weight: 2,
    make: (chance) => {
      const view = chance.world.views.length < 4 ? undefined : pickView(chance);
      return view && `drop ${word(view)} ${view.name} cascade`;
    },
  },
];
