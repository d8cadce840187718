import { closestTo } from "../../src/cli/suggestion.ts";
import { strictEqual } from "node:assert/strict";

const keys = ["batch_size", "database", "server", "targets", "use_event_triggers", "port"];
const cases: readonly (readonly [word: string, meant: string | undefined])[] = [
  ["databse", "database"],
  ["dtaabase", "database"],
  ["batchSize", "batch_size"],
  ["batch-size", "batch_size"],
  ["Server", "server"],
  ["target", "targets"],
  ["use_event", "use_event_triggers"],
  ["prot", "port"],
  ["retry", undefined],
  ["x", undefined],
  ["", undefined],
];

for (const [word, meant] of cases) {
  Deno.test(`For ${JSON.stringify(word)} the suggestion is ${meant ?? "nothing"}`, () => {
    strictEqual(closestTo(word, keys), meant);
  });
}

Deno.test("Of two near words the nearer one is suggested, whatever the order", () => {
  strictEqual(closestTo("hostnme", ["username", "hostname"]), "hostname");
  strictEqual(closestTo("hostnme", ["hostname", "username"]), "hostname");
});
