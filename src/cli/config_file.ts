/**
 * Reads a configuration file: YAML, then `${NAME}` from the environment, then the schema.
 *
 * Everything that is wrong is reported at once, each mistake with its place. No message ever holds a
 * password, nor text from a part of the file that might.
 */
import { LineCounter, parseDocument } from "yaml";
import { type Config, configSchema, TeleportError } from "../model/mod.ts";
import { findingsOf } from "./config_issue.ts";
import { type ConfigPath, ConfigTree, type Finding } from "./config_tree.ts";
import { describeYamlProblem } from "./yaml_problem.ts";

type Environment = Readonly<Record<string, string>>;

/**
 * @throws TeleportError `config_unreadable` when there is no such file or it cannot be read,
 * `config_invalid` with one line per mistake.
 */
export function readConfig(path: string, environment: Environment): Config {
  return parseConfig(readText(path), { file: path, environment });
}

/**
 * As readConfig, for text that was read already; `file` is the name for messages.
 * @throws TeleportError `config_invalid`
 */
export function parseConfig(
  text: string,
  { file, environment }: { file: string; environment: Environment },
): Config {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
  });
  const fail = (findings: readonly Finding[]) => toError(findings, { file, lineCounter });
  const problems = [...document.errors, ...document.warnings].map((problem) => ({
    offset: problem.pos[0],
    path: [],
    message: describeYamlProblem(problem, text),
  }));
  if (problems.length > 0) throw fail(firstOfEachLine(problems, lineCounter));
  const tree = new ConfigTree(document, environment);
  const parsed = parseTree(tree);
  const findings = [
    ...tree.findings,
    ...(parsed.error?.issues ?? []).flatMap((issue) => findingsOf(issue, tree)),
  ];
  if (parsed.success && findings.length === 0) return parsed.data;
  throw fail(findings);
}

/** One slip makes the parser stumble several times over the rest of its line. */
function firstOfEachLine(findings: readonly Finding[], lineCounter: LineCounter): Finding[] {
  const ordered = findings.toSorted((left, right) => left.offset - right.offset);
  const lines = ordered.map(({ offset }) => lineCounter.linePos(offset).line);
  return ordered.filter((_, index) => lines.indexOf(lines[index] ?? 0) === index);
}

/** Where a value has the wrong type and can be read as the right one, it is, and the schema asked again. */
function parseTree(tree: ConfigTree) {
  const first = configSchema.safeParse(tree.value);
  let isChanged = false;
  for (const issue of first.error?.issues ?? []) {
    if (issue.code !== "invalid_type") continue;
    const path = issue.path.filter((step) => typeof step !== "symbol");
    const otherwise = tree.entryAt(path)?.otherwise;
    if ((typeof otherwise?.value === "string") !== (issue.expected === "string")) continue;
    otherwise?.use();
    isChanged ||= otherwise !== undefined;
  }
  return isChanged ? configSchema.safeParse(tree.value) : first;
}

function readText(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (cause) {
    const hint = "Give the path of a YAML file that teleport may read: --config FILE";
    const message = `${path}: ${describeReadFailure(cause)}`;
    throw new TeleportError("config_unreadable", message, { hint, cause, context: { file: path } });
  }
}

function describeReadFailure(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.IsADirectory) return "expected a file, this is a directory";
  if (cause instanceof Deno.errors.PermissionDenied) return "the file may not be read by this user";
  if (cause instanceof TypeError) return "expected text in UTF-8";
  return cause instanceof Error ? `cannot be read: ${cause.message}` : "cannot be read";
}

function toError(
  findings: readonly Finding[],
  { file, lineCounter }: { file: string; lineCounter: LineCounter },
): TeleportError {
  const ordered = findings.toSorted((left, right) => left.offset - right.offset);
  const lines = new Set(ordered.map(({ offset, path, message }) => {
    const { line, col } = lineCounter.linePos(offset);
    // A file without a line has its first line where the counter knows none.
    const place = `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
    return path.length === 0
      ? `${place}: ${message}`
      : `${place}: ${displayPath(path)}: ${message}`;
  }));
  return new TeleportError("config_invalid", [...lines].join("\n"), {
    hint: "config/reference.yml has every key with its meaning and default.",
    context: { file, mistakes: lines.size },
  });
}

/** `targets."my.target".endpoint.port`, `patterns[0]` */
function displayPath(path: ConfigPath): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    const name = /^[^\s."'[\]:]+$/.test(step) ? step : JSON.stringify(step);
    return index === 0 ? name : `.${name}`;
  }).join("");
}
