/**
 * Pairs of {before, after} through a running pair of instances, many at once: each in a lane, which is a
 * schema of the source and what it is called on the target.
 */
import { openPair, type Pair, say } from "../../pair/mod.ts";
import { type Change, takeTurn } from "../cases/mod.ts";
import { CaseSchema, schemaPattern } from "../case_schema.ts";
import { runSql } from "../../postgres/mod.ts";

export interface LiveOptions {
  major: number;
  /** Else polling, as a role that is no superuser. */
  hasEventTriggers: boolean;
  isRenamed: boolean;
}

/** Changes that are made at the same time. */
export interface Wave {
  places: readonly Place[];
}

export interface Place {
  schema: CaseSchema;
  /** Schemas on the target, in the order of the source's. */
  targetSchemas: readonly string[];
}

/** Targets that one instance serves side by side where each has one schema, renamed. */
const laneCount = 16;

/** All at once under their own names; under other names a target can take one schema, so a few at a time. */
export function planWaves(changes: readonly Change[], options: LiveOptions): Wave[] {
  if (!options.isRenamed) {
    const places = changes.map((change, at) => {
      const schema = new CaseSchema(change, `c${String(at + 1).padStart(3, "0")}`);
      return { schema, targetSchemas: schema.schemas };
    });
    return [{ places }];
  }
  const simple = changes.filter((change) => !new CaseSchema(change, "lane").hasOther);
  const { taken, told } = takeTurn(simple, options.major + Number(options.hasEventTriggers));
  say(told);
  const waves: Wave[] = [];
  for (let at = 0; at < taken.length; at += laneCount) {
    const places = taken.slice(at, at + laneCount).map((change, lane) => ({
      schema: new CaseSchema(change, `lane_${lane}`),
      targetSchemas: [`there_${lane}`],
    }));
    waves.push({ places });
  }
  return waves;
}

export async function openLivePair(options: LiveOptions, changes: readonly Change[]) {
  const pair = await openPair({
    source: options.major,
    target: options.major,
    isSuperuser: options.hasEventTriggers,
    setup: "",
    schemas: [],
    targets: options.isRenamed ? laneTargets() : { all: { expression: ["c*.*"] } },
  });
  await createExtensions(pair, options.major, changes);
  return pair;
}

function laneTargets() {
  return Object.fromEntries(
    Array.from({ length: laneCount }, (_, lane) => [`target-${lane}`, {
      expression: schemaPattern(`lane_${lane}`),
      applySchema: `there_${lane}`,
    }]),
  );
}

/** On the target too where extensions are not trusted yet. */
async function createExtensions(pair: Pair, major: number, changes: readonly Change[]) {
  const names = new Set(changes.flatMap((change) => change.extensions ?? []));
  for (const name of names) {
    for (const database of [pair.source, ...(major < 13 ? [pair.target] : [])]) {
      await runSql(
        database.server.url(database.name),
        `create extension if not exists ${name} schema public`,
      );
    }
  }
}
