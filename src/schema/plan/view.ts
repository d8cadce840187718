/** Views and materialized views: made, replaced, and what can be changed of them in place. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import {
  createDummyView,
  createView,
  optionOf,
  setViewDefault,
  wordOfView,
} from "../render_objects.ts";
import type { PlanContext } from "./context.ts";
import { renamesOf } from "./names.ts";

type View = ObjectOf<"view">;

/** A view that is in a circle with others, or with itself, begins as a dummy of its columns. */
export function planViewCreation(context: PlanContext, view: View): void {
  const schema = context.after.all("schema").find(({ name }) => name === view.schema);
  const dependsOn = [...schema === undefined ? [] : [schema.id], ...view.dependsOn];
  const create = createView(view);
  if (context.rebuilt.has(view.id)) {
    return context.add(view, "create view", create, { dependsOn });
  }
  const existing = context.targetView(view);
  if (existing !== undefined) {
    const isSame = existing.is_materialized === view.isMaterialized &&
      existing.definition.trim().replace(/;$/, "") === view.definition &&
      existing.options.toSorted().join() === view.options.join();
    if (isSame) return;
    // Its indexes go along.
    if (existing.is_materialized) context.freed.add(quoteName(view));
    const dropExisting = `drop ${existing.is_materialized ? "materialized " : ""}view ${
      quoteName(view)
    }`;
    const isReplaceable = !existing.is_materialized && !view.isMaterialized;
    const replace = isReplaceable ? create : [dropExisting, ...create];
    return context.add(view, "replace view", replace, {
      fallback: [dropExisting, ...create],
      dependsOn,
    });
  }
  if (context.circles.has(view.id) && !view.isMaterialized) {
    const types = view.dependsOn.filter((id) => id.startsWith("type:") || id.startsWith("schema:"));
    context.add(view, "create view", [createDummyView(view)], {
      dependsOn: [...schema === undefined ? [] : [schema.id], ...types],
    });
    return context.add(view, "replace view", create, {
      id: `${view.id}#query`,
      dependsOn: [view.id, ...dependsOn],
    });
  }
  context.add(view, "create view", create, {
    dependsOn,
    ...view.isMaterialized ? {} : { fallback: [createDummyView(view), ...create] },
  });
}

/** Whether neither REPLACE nor ALTER makes the one of the other. */
export function needsNewView(before: View, after: View): boolean {
  if (before.columns.length > after.columns.length) return true;
  const isOther = before.columns.some((column, at) =>
    column.typeIdentity !== after.columns[at]?.typeIdentity
  );
  if (isOther || !after.isMaterialized) return isOther;
  // The query of one and the same materialized view changes with the names in it only.
  return before.oid !== after.oid &&
    (before.definition !== after.definition || before.columns.length !== after.columns.length);
}

export function alterView(context: PlanContext, before: View, after: View): void {
  const alter = `alter ${wordOfView(after)} ${quoteName(after)}`;
  const renames = after.columns.flatMap((column, at) => {
    const from = before.columns[at]?.name;
    return from === undefined || from === column.name ? [] : [{ from, to: column.name }];
  });
  const rename = renamesOf(renames).map(({ from, to }) =>
    `alter table ${quoteName(after)} rename column ${quoteIdentifier(from)} to ${
      quoteIdentifier(to)
    }`
  );
  const change = after.isMaterialized
    ? optionChanges(before, after).map((text) => `${alter} ${text}`)
    : replaceView(before, after);
  context.add(after, "replace view", [...rename, ...change], {
    dependsOn: [`${after.id}#rename`, ...after.dependsOn],
  });
}

function replaceView(before: View, after: View): string[] {
  // The same words may mean another object, which has taken the name.
  const isSame = before.definition === after.definition &&
    before.dependsOn.join() === after.dependsOn.join() &&
    before.options.join() === after.options.join();
  const old = new Map(before.columns.map((column) => [column.number, column.default]));
  const defaults = after.columns.filter((column) =>
    (old.get(column.number) ?? null) !== column.default
  );
  const [replace] = createView(after);
  return [
    ...isSame || replace === undefined ? [] : [replace],
    ...defaults.map((column) => setViewDefault(after, column)),
  ];
}

function optionChanges(before: View, after: View): string[] {
  const set = after.options.filter((option) => !before.options.includes(option));
  const names = new Set(after.options.map((option) => option.split("=", 1)[0]));
  const reset = before.options.flatMap((option) => option.split("=", 1))
    .filter((name) => !names.has(name));
  return [
    ...reset.length === 0 ? [] : [`reset (${reset.join(", ")})`],
    ...set.length === 0 ? [] : [`set (${set.map(optionOf).join(", ")})`],
  ];
}
