/** The configuration of both instances, as files in a folder: the shape of config/source.yml. */
import { stringify } from "yaml";
import { databaseSection } from "../postgres/mod.ts";
import type { Side, Stage } from "./stage.ts";

export const targetName = "my-target";

/** The schema at the target that gets the tables of `public`. */
export const applySchema = "test";

const host = "127.0.0.1";

export interface ConfigFiles {
  source: string;
  target: string;
  /** Base URLs of the instances' servers. */
  sourceUrl: string;
  targetUrl: string;
}

/** Writes `source.yml` and `target.yml` into `folder`. */
export async function writeConfigFiles(stage: Stage, folder: string): Promise<ConfigFiles> {
  const ports = freePorts(2);
  const [sourcePort = 0, targetPort = 0] = ports;
  const source = `${folder}/source.yml`;
  const target = `${folder}/target.yml`;
  const settings = {
    batch_size: 10_000,
    max_events_per_batch: 10_000,
    use_event_triggers: true,
    processing_intervals: {
      batcher: 100,
      transmitter: 100,
      applier: 100,
      vacuum: 500,
      ddlwatcher: 5000,
    },
  };
  await writeYaml(source, {
    ...settings,
    database: sectionOf(stage.source, "shop-db"),
    server: { hostname: host, port: sourcePort },
    targets: {
      [targetName]: {
        target_expression: "public.*",
        endpoint: { hostname: host, port: targetPort },
        apply_schema: applySchema,
      },
    },
  });
  await writeYaml(target, {
    ...settings,
    database: sectionOf(stage.target, targetName),
    server: { hostname: host, port: targetPort },
  });
  return {
    source,
    target,
    sourceUrl: `http://${host}:${sourcePort}`,
    targetUrl: `http://${host}:${targetPort}`,
  };
}

function sectionOf({ database, teleport }: Side, name: string) {
  return { ...databaseSection(database.server, database.name, teleport), name };
}

async function writeYaml(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, stringify(value), { mode: 0o600 });
}

/** Different ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: host, port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
