/** Steps for how a table is stored: storage parameters, access method, replica identity. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { changeParameters, knownParameters, unknownParameters } from "../storage_parameters.ts";
import { afterRename, type PlanContext } from "./context.ts";

type Table = ObjectOf<"table">;
type Settings = Pick<Table, "options" | "accessMethod" | "replicaIdentity">;

const plain: Settings = {
  options: [],
  accessMethod: null,
  replicaIdentity: "default",
};

/** @param before undefined for a table that is new, or that the target had before teleport came. */
export function planTableSettings(
  context: PlanContext,
  before: Settings | undefined,
  after: Table,
): void {
  planOptions(context, before ?? adopted(context, after), after);
  planAccessMethod(context, before, after);
  const { replicaIdentity } = after;
  // An index's own setting says that it is the one.
  if ((before ?? plain).replicaIdentity !== replicaIdentity && replicaIdentity !== "index") {
    change(context, after, "replica identity", [`replica identity ${replicaIdentity}`], 90400);
  }
}

/** What the target has more of is its own. */
function adopted(context: PlanContext, table: Table): Pick<Settings, "options"> {
  const names = table.options.map((option) => option.slice(0, option.indexOf("=") + 1));
  const options = context.targetTable(table)?.row.options ?? [];
  return {
    options: options.filter((option) => names.some((name) => option.startsWith(name))),
  };
}

function planOptions(
  context: PlanContext,
  before: Pick<Settings, "options">,
  after: Table,
): void {
  const { version } = context;
  for (const name of unknownParameters(after.options, version)) {
    const isKnown = before.options.some((option) => option.startsWith(`${name}=`));
    if (!isKnown) context.leave(after, `the target has no storage parameter ${name}`);
  }
  const known = [before.options, after.options].map((list) => knownParameters(list, version));
  change(context, after, "storage parameters", changeParameters(known[0] ?? [], known[1] ?? []));
}

function planAccessMethod(context: PlanContext, before: Settings | undefined, after: Table): void {
  if (before === undefined || before.accessMethod === after.accessMethod) return;
  const method = quoteIdentifier(after.accessMethod ?? "heap");
  change(context, after, "access method", [`set access method ${method}`], 150000);
}

function change(
  context: PlanContext,
  table: Table,
  what: string,
  actions: readonly string[],
  since = 0,
): void {
  if (actions.length === 0) return;
  if (context.version < since) {
    return context.leave(table, `its ${what} cannot be followed by the target's version`);
  }
  const name = quoteName(table);
  const statements = actions.map((action) => `alter table only ${name} ${action}`);
  context.add(table, `set ${what}`, statements, {
    id: `${table.id}#${what.replaceAll(" ", "-")}`,
    dependsOn: [...afterRename(table), table.id],
  });
}
