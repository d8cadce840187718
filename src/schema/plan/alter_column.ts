/** Changes of columns: types, NOT NULL, generation, defaults. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { typeOf } from "../render_type.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { planColumnSettings } from "./column_settings.ts";
import { hasNotNullConstraint } from "./not_null.ts";
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
  const add = (action: string, statements: string[], fallback?: string[]) =>
    context.add(after, action, statements, {
      ...(fallback === undefined ? {} : { fallback }),
      id: `${after.id}#${action.replaceAll(" ", "-")}`,
      dependsOn: [...afterRename(after), `${table.id}#rename`],
    });
  const isRetyped = before.typeIdentity !== after.typeIdentity;
  if (isRetyped && !context.isCarried(after)) {
    // A default of the old type may have no cast to the new one.
    const places = defaultsOf(context, table, after);
    const retype = (using: string) => [
      ...places.map(({ place }) => `${place} drop default`),
      `${alter} type ${typeOf(after)}${after.generated === null ? ` using ${using}` : ""}`,
      ...places.map(({ place, expression }) => `${place} set default ${expression}`),
    ];
    // The source may have had any USING, and rewrote then: its rows come again.
    const isOfUser = [before, after].some(({ typeIdentity }) => parseInt(typeIdentity) >= 16384);
    const cast = isOfUser ? `${column}::text` : column; // types of users have text in common
    add("alter type", retype(`${cast}::${after.type}`), retype(`${column}::text::${after.type}`));
  }
  if (before.isNotNull !== after.isNotNull) {
    if (!hasNotNullConstraint(context, after)) {
      add("alter not null", [`${alter} ${after.isNotNull ? "set" : "drop"} not null`]);
    }
  }
  alterGenerated(context, { before, after, alter, add });
  // A new type sets storage and compression back.
  const reset = { ...before, storage: after.typeStorage, compression: null };
  planColumnSettings(context, isRetyped ? reset : before, after);
}

/** Where a column has a default: in its table, its partitions and the children that inherit it. */
function defaultsOf(
  context: PlanContext,
  table: ObjectOf<"table">,
  column: ObjectOf<"column">,
): { place: string; expression: string }[] {
  return context.after.heirsOf(table).flatMap((heir) => {
    const own = context.after.columnsOf(heir.id).find(({ name }) => name === column.name);
    return context.after.ofTable(heir.id, "default")
      .filter((object) => object.column === own?.id)
      .map(({ expression }) => ({
        place: `alter table only ${quoteName(heir)} alter column ${quoteIdentifier(column.name)}`,
        expression,
      }));
  });
}

function alterGenerated(context: PlanContext, change: {
  before: ObjectOf<"column">;
  after: ObjectOf<"column">;
  alter: string;
  add: (action: string, statements: string[]) => void;
}): void {
  const { before, after, alter, add } = change;
  if (isSameGeneration(before.generated, after.generated) || context.isCarried(after)) return;
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

/** The same node in other words: a rename did it. Other nodes in the same words: a change of type did it. */
function isSameGeneration(
  before: ObjectOf<"column">["generated"],
  after: ObjectOf<"column">["generated"],
): boolean {
  if (before === null || after === null) return before === after;
  return before.isStored === after.isStored &&
    (before.oid === after.oid || before.expression === after.expression);
}

export function alterDefault(
  context: PlanContext,
  before: ObjectOf<"default">,
  after: ObjectOf<"default">,
): void {
  // The same node in other words: a rename did it.
  if (before.oid !== after.oid) setDefault(context, after);
}
