/** Changes of columns: types, NOT NULL, generation, defaults. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { typeOf } from "../render.ts";
import { canonicalJson } from "../snapshot.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { setDefault } from "./create_column.ts";

export function alterColumn(
  context: PlanContext,
  before: ObjectOf<"column">,
  after: ObjectOf<"column">,
): void {
  const table = context.tableOf(after);
  if (table === undefined) return;
  const column = quoteIdentifier(after.name);
  const alter = `alter table ${quoteName(table)} alter column ${column}`;
  const add = (action: string, statements: string[]) =>
    context.add(after, action, statements, {
      id: `${after.id}#${action.replaceAll(" ", "-")}`,
      dependsOn: [...afterRename(after), `${table.id}#rename`],
    });
  if (before.typeIdentity !== after.typeIdentity && !after.isInherited) {
    const columnDefault = context.after.ofTable(table.id, "default")
      .find((object) => object.column === after.id);
    // A default of the old type may have no cast to the new one.
    add("alter type", [
      ...(columnDefault === undefined ? [] : [`${alter} drop default`]),
      `${alter} type ${typeOf(after)}` +
      (after.generated === null ? ` using ${column}::${after.type}` : ""),
      ...(columnDefault === undefined ? [] : [`${alter} set default ${columnDefault.expression}`]),
    ]);
  }
  if (before.isNotNull !== after.isNotNull) {
    add("alter not null", [`${alter} ${after.isNotNull ? "set" : "drop"} not null`]);
  }
  alterGenerated(context, { before, after, alter, add });
}

function alterGenerated(context: PlanContext, change: {
  before: ObjectOf<"column">;
  after: ObjectOf<"column">;
  alter: string;
  add: (action: string, statements: string[]) => void;
}): void {
  const { before, after, alter, add } = change;
  const isSame = canonicalJson(before.generated) === canonicalJson(after.generated);
  if (isSame || after.isInherited) return;
  if (after.generated === null) {
    add("drop expression", [`${alter} drop expression`]);
  } else if (before.generated === null) {
    context.leave(after, "a column cannot become generated");
  } else if (context.version >= 170000) {
    add("set expression", [`${alter} set expression as (${after.generated.expression})`]);
  } else {
    context.leave(after, "the expression can be changed from PostgreSQL 17 on");
  }
}

export function alterDefault(
  context: PlanContext,
  before: ObjectOf<"default">,
  after: ObjectOf<"default">,
): void {
  // The same node in other words: a rename did it.
  if (before.oid !== after.oid) setDefault(context, after);
}
