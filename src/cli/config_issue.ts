/** What the schema found wrong, as findings with a place in the file and the value where it may be shown. */
import type { z } from "zod";
import { isSecretName, withoutPasswords } from "../model/mod.ts";
import { knownKeysAt } from "./config_keys.ts";
import type { ConfigEntry, ConfigPath, ConfigTree, Finding } from "./config_tree.ts";
import { closestTo } from "./suggestion.ts";

type Issue = z.core.$ZodIssue;

const maxShownCharacters = 60;

/** The findings that one issue of the schema stands for; none where another finding says it already. */
export function findingsOf(issue: Issue, tree: ConfigTree): Finding[] {
  const path = issue.path.map((step) => typeof step === "symbol" ? step.toString() : step);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(path, { key, tree }));
  }
  const entry = tree.entryAt(path);
  if (entry?.isBroken) return [];
  if (issue.code === "invalid_key") {
    const message = "expected a name of 1 to 63 characters";
    return [{ offset: tree.offsetNear(path), path, message }];
  }
  if (entry === undefined || entry.kind === "empty") {
    const state = entry === undefined ? "missing" : "empty";
    return [{ offset: tree.offsetNear(path), path, message: `${state}, ${issue.message}` }];
  }
  const offset = entry.valueOffset;
  if (issue.code === "custom") return [{ offset, path, message: issue.message }];
  return [{ offset, path, message: `${issue.message}, not ${describe(entry, path)}` }];
}

function unknownKey(
  parent: ConfigPath,
  { key, tree }: { key: string; tree: ConfigTree },
): Finding {
  const path = [...parent, key];
  const known = knownKeysAt(parent);
  const suggestion = closestTo(key, known);
  const message = suggestion === undefined
    ? `unknown key; known here are ${known.join(", ")}`
    : `unknown key; did you mean ${suggestion}?`;
  return { offset: tree.offsetNear(path), path, message };
}

function describe(entry: ConfigEntry, path: ConfigPath): string {
  if (entry.kind === "mapping") return "a mapping";
  if (entry.kind === "list") return "a list";
  const from = entry.variables.length === 0
    ? ""
    : ` (from ${entry.variables.map((name) => "${" + name + "}").join(", ")})`;
  const names = [...path.map(String), ...entry.variables];
  if (names.some(isSecretName)) return `what is there${from}`;
  return `${display(entry.value)}${from}${quoteAdvice(entry)}`;
}

function display(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const text = withoutPasswords(value);
  return JSON.stringify(
    text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters)}…` : text,
  );
}

function quoteAdvice(entry: ConfigEntry): string {
  const looksTyped = typeof entry.value === "string" && /^(\d+|true|false)$/.test(entry.value);
  return entry.isQuoted && looksTyped ? "; remove the quotes" : "";
}
