/** Changes of composite types and domains, attribute by attribute and check by check. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { typeOf } from "../render_type.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { renamesOf } from "./names.ts";

export function alterComposite(
  context: PlanContext,
  before: ObjectOf<"composite">,
  after: ObjectOf<"composite">,
): void {
  const alter = `alter type ${quoteName(after)}`;
  const old = new Map(before.attributes.map((attribute) => [attribute.number, attribute]));
  const kept = new Set(after.attributes.map((attribute) => attribute.number));
  const statements = before.attributes
    .filter((attribute) => !kept.has(attribute.number))
    .map((attribute) => `${alter} drop attribute ${quoteIdentifier(attribute.name)}`);
  const rename = (from: string, to: string) =>
    `${alter} rename attribute ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
  const renames = after.attributes.flatMap(({ number, name }) => {
    const was = old.get(number)?.name;
    return was === undefined || was === name ? [] : [{ from: was, to: name }];
  });
  statements.push(...renamesOf(renames).map(({ from, to }) => rename(from, to)));
  for (const attribute of after.attributes) {
    const name = quoteIdentifier(attribute.name);
    const was = old.get(attribute.number);
    if (was === undefined) {
      statements.push(`${alter} add attribute ${name} ${typeOf(attribute)}`);
    } else if (was.typeIdentity !== attribute.typeIdentity) {
      statements.push(`${alter} alter attribute ${name} type ${typeOf(attribute)}`);
    }
  }
  context.add(after, "alter type", statements, { dependsOn: afterRename(after) });
}

export function alterDomain(
  context: PlanContext,
  before: ObjectOf<"domain">,
  after: ObjectOf<"domain">,
): void {
  if (before.typeIdentity !== after.typeIdentity) {
    context.leave(after, "the type of a domain cannot be changed");
  }
  const alter = `alter domain ${quoteName(after)}`;
  const statements: string[] = [];
  if (before.default !== after.default) {
    statements.push(
      after.default === null ? `${alter} drop default` : `${alter} set default ${after.default}`,
    );
  }
  if (before.isNotNull !== after.isNotNull) {
    statements.push(`${alter} ${after.isNotNull ? "set" : "drop"} not null`);
  }
  const old = new Map(before.checks.map((check) => [check.oid, check]));
  const kept = new Set(after.checks.map((check) => check.oid));
  // By themselves and early: what a check calls may be dropped too.
  const lost = before.checks.filter(({ oid }) => !kept.has(oid))
    .map(({ name }) => `${alter} drop constraint if exists ${quoteIdentifier(name)}`);
  context.add(after, "drop checks", lost, {
    id: `${after.id}#checks`,
    rank: 0,
    dependsOn: [`${after.id}#rename`],
  });
  for (const check of after.checks) {
    const name = quoteIdentifier(check.name);
    const was = old.get(check.oid);
    if (was === undefined) {
      statements.push(`${alter} add constraint ${name} ${check.definition}`);
    } else if (was.name !== check.name) {
      statements.push(`${alter} rename constraint ${quoteIdentifier(was.name)} to ${name}`);
    } else if (was.definition.endsWith(" NOT VALID") && !check.definition.endsWith(" NOT VALID")) {
      statements.push(`${alter} validate constraint ${name}`);
    }
  }
  context.add(after, "alter domain", statements, {
    dependsOn: [`${after.id}#checks`, ...afterRename(after)],
  });
}
