/** The keys of the configuration, read off its schema: for suggestions and for the reference. */
import { z } from "zod";
import { configSchema } from "../model/mod.ts";
import type { ConfigPath } from "./config_tree.ts";

export interface ConfigKey {
  /** `*` stands for a name that the user chooses. */
  path: readonly string[];
  isRequired: boolean;
  /** Undefined where the key has none. */
  default: unknown;
}

type Schema = Readonly<Record<string, unknown>>;

/** The keys that the mapping at this path may hold; none where the user chooses them. */
export function knownKeysAt(path: ConfigPath): string[] {
  let schema = rootSchema();
  for (const step of path) {
    schema = childOf(schema, "properties", String(step)) ??
      asSchema(schema["additionalProperties"]);
  }
  return Object.keys(asSchema(schema["properties"]));
}

/** Every key, depth first, in the order of the schema. */
export function listConfigKeys(): ConfigKey[] {
  return listFrom(rootSchema(), []);
}

function listFrom(schema: Schema, parent: readonly string[]): ConfigKey[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const keys = Object.entries(asSchema(schema["properties"])).flatMap(([name, value]) => {
    const child = asSchema(value);
    const path = [...parent, name];
    const key = { path, isRequired: required.includes(name), default: child["default"] };
    return [key, ...listFrom(child, path)];
  });
  return [...keys, ...listChosen(schema, parent)];
}

function listChosen(schema: Schema, parent: readonly string[]): ConfigKey[] {
  const values = asSchema(schema["additionalProperties"]);
  return Object.keys(values).length === 0 ? [] : listFrom(values, [...parent, "*"]);
}

function rootSchema(): Schema {
  return asSchema(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }));
}

function childOf(schema: Schema, group: string, name: string): Schema | undefined {
  const members = asSchema(schema[group]);
  return Object.hasOwn(members, name) ? asSchema(members[name]) : undefined;
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
