/**
 * A parsed YAML document as plain values, each with its place in the file and its variables expanded.
 *
 * A value has no type of its own where YAML and the environment leave it open: `password: 12345` is
 * text and `port: "${PORT}"` a number, since the key says so. Such an entry carries an `otherwise`,
 * the same value read the other way. An empty value counts as an absent key. Nothing here knows which
 * keys there are.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import { expandVariables } from "./environment.ts";

export type ConfigPath = readonly (string | number)[];

/** A mistake at an offset of the file. */
export interface Finding {
  offset: number;
  path: ConfigPath;
  message: string;
}

export interface ConfigEntry {
  /** Offset of the key (of the value in a list). */
  keyOffset: number;
  valueOffset: number;
  kind: "mapping" | "list" | "scalar" | "empty";
  value: unknown;
  isQuoted: boolean;
  /** Environment variables that the value was made of. */
  variables: readonly string[];
  /** Whether a finding says already what is wrong here. */
  isBroken: boolean;
  /** The same text read as the other type, where there is one, and how to put it in place. */
  otherwise?: { value: unknown; use: () => void };
}

const maxNodes = 20_000;
const maxDepth = 50;

export class ConfigTree {
  readonly value: unknown;
  readonly findings: Finding[] = [];
  readonly #entries = new Map<string, ConfigEntry>();
  readonly #document: Document;
  readonly #environment: Readonly<Record<string, string>>;
  #nodeCount = 0;

  constructor(document: Document, environment: Readonly<Record<string, string>>) {
    this.#document = document;
    this.#environment = environment;
    const root: Record<string, unknown> = {};
    const offset = offsetOf(document.contents) ?? 0;
    this.#put({
      path: [],
      node: document.contents,
      keyOffset: offset,
      container: root,
      name: "root",
    });
    this.value = root["root"];
  }

  /** The entry at the path, or undefined where the file has none. */
  entryAt(path: ConfigPath): ConfigEntry | undefined {
    return this.#entries.get(keyOf(path));
  }

  /** Where the nearest thing that the file does have for this path is. */
  offsetNear(path: ConfigPath): number {
    for (let length = path.length; length >= 0; length--) {
      const entry = this.entryAt(path.slice(0, length));
      if (entry) return entry.keyOffset;
    }
    return 0;
  }

  #put(slot: Slot): void {
    this.#nodeCount++;
    const node = isAlias(slot.node) ? slot.node.resolve(this.#document) : slot.node;
    const offset = offsetOf(node) ?? slot.keyOffset;
    const entry: ConfigEntry = {
      keyOffset: slot.keyOffset,
      valueOffset: offset,
      kind: "empty",
      value: undefined,
      isQuoted: false,
      variables: [],
      isBroken: false,
    };
    this.#entries.set(keyOf(slot.path), entry);
    if (isAlias(slot.node) && node === undefined) {
      const message =
        "no anchor (&) of this name comes before the alias (*); quote text that begins with *";
      return this.#break(entry, {
        offset: offsetOf(slot.node) ?? offset,
        path: slot.path,
        message,
      });
    }
    if (slot.path.length > maxDepth || this.#nodeCount > maxNodes) {
      // An anchor that holds an alias to itself, or to others of its kind, never ends.
      if (this.#nodeCount > maxNodes + 1) return;
      this.#nodeCount = maxNodes + 1;
      return this.#break(entry, {
        offset,
        path: slot.path,
        message: "too many or too deep values",
      });
    }
    if (isMap(node)) this.#putMapping(node, { slot, entry });
    else if (isSeq(node)) this.#putList(node.items, { slot, entry });
    else if (isScalar(node)) this.#putScalar(node, { slot, entry });
  }

  #putMapping(node: YAMLMap, { slot, entry }: Filling): void {
    const content: Record<string, unknown> = {};
    entry.kind = "mapping";
    assign(slot, content);
    this.#putPairs(node, { path: slot.path, content, seen: new Map(), mergeDepth: 0 });
  }

  #putPairs(node: YAMLMap, into: Pairs): void {
    const merges: unknown[] = [];
    for (const pair of node.items) {
      const key: unknown = pair.key;
      const offset = offsetOf(key) ?? offsetOf(node) ?? 0;
      const name = isScalar(key) ? key.source ?? String(key.value) : undefined;
      if (name === undefined || name === "" || name === "__proto__") {
        this.findings.push({ offset, path: into.path, message: "expected text as a key" });
      } else if (name === "<<" && isScalar(key) && key.type === "PLAIN") {
        merges.push(pair.value);
      } else if (!into.seen.has(name)) {
        into.seen.set(name, offset);
        const path = [...into.path, name];
        this.#put({ path, node: pair.value, keyOffset: offset, container: into.content, name });
      } else if (into.mergeDepth === 0) {
        this.findings.push({
          offset,
          path: [...into.path, name],
          message: "the key is given twice",
        });
      }
    }
    for (const merge of merges) this.#merge(merge, into);
  }

  /** `<<: *defaults`: keys of another mapping, where this one does not have them. */
  #merge(value: unknown, into: Pairs): void {
    const node = isAlias(value) ? value.resolve(this.#document) : value;
    const merged = { ...into, mergeDepth: into.mergeDepth + 1 };
    const isBounded = merged.mergeDepth < maxDepth && ++this.#nodeCount < maxNodes;
    if (isBounded && isSeq(node)) node.items.forEach((item) => this.#merge(item, merged));
    else if (isBounded && isMap(node)) this.#putPairs(node, merged);
    else {
      const offset = offsetOf(value) ?? 0;
      const path = [...into.path, "<<"];
      this.findings.push({ offset, path, message: "expected a mapping to merge" });
    }
  }

  #putList(items: readonly unknown[], { slot, entry }: Filling): void {
    const content: unknown[] = [];
    entry.kind = "list";
    assign(slot, content);
    for (const [index, node] of items.entries()) {
      content[index] = null;
      const keyOffset = offsetOf(node) ?? entry.valueOffset;
      this.#put({ path: [...slot.path, index], node, keyOffset, container: content, name: index });
    }
  }

  #putScalar(node: Scalar, { slot, entry }: Filling): void {
    const text = node.source ?? String(node.value);
    entry.isQuoted = node.type !== "PLAIN";
    if (typeof node.value !== "string") {
      if (node.value === null) return;
      entry.kind = "scalar";
      entry.value = node.value;
      assign(slot, node.value);
      entry.otherwise = this.#other(text, { slot, entry });
      return;
    }
    const expansion = expandVariables(node.value, this.#environment);
    entry.kind = "scalar";
    entry.value = expansion.ok ? expansion.text : "";
    assign(slot, entry.value);
    if (!expansion.ok) {
      const finding = { offset: entry.valueOffset, path: slot.path, message: expansion.problem };
      return this.#break(entry, finding);
    }
    entry.variables = expansion.names;
    const other = resolvePlain(expansion.text);
    if (expansion.names.length > 0 && typeof other !== "string") {
      entry.otherwise = this.#other(other, { slot, entry });
    }
  }

  #other(value: unknown, { slot, entry }: Filling): NonNullable<ConfigEntry["otherwise"]> {
    const use = () => {
      entry.value = value;
      assign(slot, value);
    };
    return { value, use };
  }

  #break(entry: ConfigEntry, finding: Finding): void {
    entry.isBroken = true;
    this.findings.push(finding);
  }
}

interface Slot {
  path: ConfigPath;
  node: unknown;
  keyOffset: number;
  container: Record<string | number, unknown> | unknown[];
  name: string | number;
}

interface Filling {
  slot: Slot;
  entry: ConfigEntry;
}

interface Pairs {
  path: ConfigPath;
  content: Record<string, unknown>;
  seen: Map<string, number>;
  /** How many `<<` lead here; keys of a merged mapping give way to those that are there. */
  mergeDepth: number;
}

function assign(slot: Slot, value: unknown): void {
  Object.assign(slot.container, { [slot.name]: value });
}

/** What YAML's core schema makes of the text without quotes, numbers and booleans only. */
function resolvePlain(text: string): string | number | boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}

function keyOf(path: ConfigPath): string {
  return JSON.stringify(path.map(String));
}
