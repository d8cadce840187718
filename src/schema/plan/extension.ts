/**
 * Extensions: what a target lacks it may refuse, and only what needs the extension waits then. In the
 * source's version where the target has that, else in its own.
 */
import { quoteIdentifier, quoteLiteral } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import type { PlanContext } from "./context.ts";

type Extension = ObjectOf<"extension">;

export function createExtension(context: PlanContext, object: Extension): void {
  if (context.catalog.extensions.has(object.name)) return;
  const schema = quoteIdentifier(object.schema);
  const cascade = context.version >= 90600 ? " cascade" : "";
  const create = (version: string) =>
    `create extension if not exists ${quoteIdentifier(object.name)} schema ${schema}` +
    `${version}${cascade}`;
  const exact = create(object.version === "" ? "" : ` version ${quoteLiteral(object.version)}`);
  const planned = context.after.all("schema").filter(({ name }) => name === object.schema)
    .map(({ id }) => id);
  const isMissing = !context.catalog.schemas.has(object.schema) && planned.length === 0;
  // Another extension of the plan may make the same schema first.
  const hasIfNotExists = context.version >= 90300;
  const own = isMissing ? [`create schema ${hasIfNotExists ? "if not exists " : ""}${schema}`] : [];
  context.add(object, "create extension", [...own, exact], {
    fallback: [...hasIfNotExists ? own : [], create("")],
    dependsOn: [...object.dependsOn, ...planned],
  });
}

export function alterExtension(
  context: PlanContext,
  before: Extension,
  after: Extension,
): void {
  const present = context.catalog.extensions.get(after.name);
  const alter = `alter extension ${quoteIdentifier(after.name)}`;
  if (before.schema !== after.schema && present?.schema !== after.schema) {
    const planned = context.after.all("schema").filter(({ name }) => name === after.schema);
    const isMissing = !context.catalog.schemas.has(after.schema) && planned.length === 0;
    const schema = quoteIdentifier(after.schema);
    context.add(after, "move extension", [
      ...isMissing ? [`create schema ${schema}`] : [],
      `${alter} set schema ${schema}`,
    ], { id: `${after.id}#rename`, dependsOn: planned.map(({ id }) => id) });
  }
  if (before.version !== after.version && before.version !== "") {
    context.add(after, "update extension", [
      `${alter} update to ${quoteLiteral(after.version)}`,
    ], { fallback: [`${alter} update`], dependsOn: [`${after.id}#rename`] });
  }
}
