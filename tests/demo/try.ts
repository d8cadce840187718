import { parseOptions } from "./options.ts";
import { openStage } from "./stage.ts";
import { buildShop } from "./shop.ts";
import { Workload } from "./workload.ts";
import { compareTables } from "./checksum.ts";
import { say, secondsSince } from "./terminal.ts";
const o = parseOptions(Deno.args);
if (!o) throw 1;
let t = performance.now();
await using stage = await openStage({ source: o.sourceVersion, target: o.targetVersion });
say("stage " + secondsSince(t)); t = performance.now();
say(JSON.stringify(await buildShop(stage)) + secondsSince(t));
{
  await using w = new Workload(stage.source.database.url);
  for (let i = 0; i < o.writeSeconds; i++) {
    await Promise.race([w.finished, new Promise((r) => setTimeout(r, 1000))]);
    say(JSON.stringify(w.written));
  }
  await w.stop();
}
t = performance.now();
const place = { url: stage.source.database.url, schema: "public" };
for (const c of await compareTables(place, place)) say(JSON.stringify(c));
say("checksum " + secondsSince(t));
