/** Objects that are no more than a definition: made, adopted where the target has them, or changed part by part. */
import type { ObjectOf } from "../object.ts";
import { alterAdditions, createDefinition, definitionKey } from "../render_objects.ts";
import type { PlanContext } from "./context.ts";

type Definition = ObjectOf<"definition">;

export function planDefinitionCreation(context: PlanContext, object: Definition): void {
  const schema = context.after.all("schema").find(({ name }) => name === object.schema);
  const dependsOn = [...schema === undefined ? [] : [schema.id], ...object.dependsOn];
  const key = definitionKey(object);
  const existing = context.catalog.definitions.get(key);
  const create = createDefinition(object);
  if (existing === undefined || context.rebuilt.has(object.id) || context.freed.has(key)) {
    // The target may write the types in its signature otherwise, and have it.
    const fallback = [`drop ${key}`, ...create];
    return context.add(object, `create ${object.what}`, create, { fallback, dependsOn });
  }
  if (existing.definition === object.definition) {
    return context.add(object, `alter ${object.what}`, alterAdditions(existing, object), {
      dependsOn,
    });
  }
  context.add(object, `replace ${object.what}`, [`drop ${key}`, ...create], { dependsOn });
}

export function needsNewDefinition(before: Definition, after: Definition): boolean {
  if (before.definition !== after.definition || before.signature !== after.signature) return true;
  // The same words may mean another object, which has taken the name.
  return !after.what.startsWith("text search") &&
    before.dependsOn.join() !== after.dependsOn.join();
}

export function alterDefinition(
  context: PlanContext,
  before: Definition,
  after: Definition,
): void {
  context.add(after, `alter ${after.what}`, alterAdditions(before, after), {
    dependsOn: [`${after.id}#rename`, ...after.dependsOn],
  });
}
