/** Statements for what ALTER changes of an index: storage parameters, statistics, marks. */
import { quoteIdentifier, quoteName } from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";
import type { IndexSettings, ObjectOf } from "./object.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import { changeParameters, knownParameters } from "./storage_parameters.ts";

const plain: IndexSettings = {
  options: [],
  statistics: [],
  isClustered: false,
  isReplicaIdentity: false,
};

export type SettingsPart = ObjectOf<"constraint" | "index">;

/** What CREATE INDEX and ADD EXCLUDE say already. */
export function settingsAtCreation(part: SettingsPart): IndexSettings {
  const isSaid = part.kind === "index" || part.type === "exclusion";
  return isSaid ? { ...plain, options: part.settings?.options ?? [] } : plain;
}

export interface SettingsPlace {
  table: ObjectOf<"table" | "view">;
  /** The index's name on the target. */
  name: string;
  version: ServerVersion;
  /** Whether another index of the table has the mark now. */
  others: { isClustered: boolean; isReplicaIdentity: boolean };
}

/** The marks that other indexes of its table have. */
export function markedOthers(index: SnapshotIndex, part: SettingsPart): SettingsPlace["others"] {
  const others = [...index.ofTable(part.table, "constraint"), ...index.ofTable(part.table, "index")]
    .filter((other) => other.id !== part.id)
    .map(({ settings }) => settings ?? plain);
  return {
    isClustered: others.some((other) => other.isClustered),
    isReplicaIdentity: others.some((other) => other.isReplicaIdentity),
  };
}

/** From one to the other, as far as a server of that version can. */
export function changeIndexSettings(
  before: IndexSettings,
  after: IndexSettings,
  place: SettingsPlace,
): string[] {
  const { table, version, others } = place;
  const name = quoteIdentifier(place.name);
  const index = `alter index ${quoteName({ schema: table.schema, name: place.name })}`;
  const alterTable = table.kind === "view"
    ? `alter materialized view ${quoteName(table)}`
    : `alter table only ${quoteName(table)}`;
  const statements = changeParameters(
    knownParameters(before.options, version),
    knownParameters(after.options, version),
  ).map((action) => `${index} ${action}`);
  if (version >= 110000) {
    statements.push(
      ...changeStatistics(before, after).map(({ position, target }) =>
        `${index} alter column ${position} set statistics ${target}`
      ),
    );
  }
  if (after.isClustered !== before.isClustered) {
    if (after.isClustered) statements.push(`${alterTable} cluster on ${name}`);
    else if (!others.isClustered) statements.push(`${alterTable} set without cluster`);
  }
  if (after.isReplicaIdentity && !before.isReplicaIdentity && version >= 90400) {
    statements.push(`${alterTable} replica identity using index ${name}`);
  }
  return statements;
}

function changeStatistics(
  before: IndexSettings,
  after: IndexSettings,
): IndexSettings["statistics"] {
  const same = (one: { position: number; target: number }, list: IndexSettings["statistics"]) =>
    list.some((other) => other.position === one.position && other.target === one.target);
  const gone = before.statistics.filter(({ position }) =>
    !after.statistics.some((other) => other.position === position)
  );
  return [
    ...gone.map(({ position }) => ({ position, target: -1 })),
    ...after.statistics.filter((one) => !same(one, before.statistics)),
  ];
}
