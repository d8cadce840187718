/**
 * What instances have resident while they load values of 200 MB, two at a time, and a million rows: never all
 * that is on its way. TELEPORT_TEST_VALUES takes more values.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { peakRssMb } from "../bench/cpu.ts";
import {
  openPair,
  runTeleport,
  say,
  targetName,
  TeleportProcess,
  toWritten,
  writeConfig,
} from "../pair/mod.ts";

const values = Number(Deno.env.get("TELEPORT_TEST_VALUES") ?? 2);
const valueBytes = 200_000_000;
const rows = 1_000_000;
const mostMb = 150;
const startMs = 120_000;

Deno.test("a load of values of 200 MB and of a million rows takes less than 150 MB of each instance", async () => {
  await using pair = await openPair({
    setup: `
      create table item (id bigint primary key, amount integer not null, note text not null);
      insert into item select n, n % 1000, md5(n::text) from generate_series(1, ${rows}) n;
      create table big (id integer primary key, body text not null) partition by range (id);
      create table big_odd partition of big for values from (0) to (1000);
      create table big_even partition of big for values from (1000) to (2000);
      alter table big_odd alter body set storage external;
      alter table big_even alter body set storage external;
      insert into big select n % 2 * 1000 + n, repeat('12345678' || n % 10 || '\\', ${
      valueBytes / 10
    }) from generate_series(1, ${values}) n`,
    sourceSettings: { max_wal_size: "4GB" },
    targetSettings: { max_wal_size: "4GB" },
  });
  const { hostname, port } = pair.targetConfig.server;
  const targets = {
    [targetName]: { target_expression: "public.*", endpoint: { hostname, port } },
  };
  const files = {
    source: await writeConfig({ ...toWritten(pair.sourceConfig, targets), batch_size: 10_000 }),
    target: await writeConfig(toWritten(pair.targetConfig, {})),
  };
  await using target = new TeleportProcess(["-config", files.target]);
  await target.logged('"message":"Active"', startMs);
  await using source = new TeleportProcess(["-config", files.source]);
  await source.logged("Tables that hold rows follow", startMs);
  const { code, stderr } = await runTeleport([
    ...["-config", files.source, "-mode", "initial-load", "-load-target", targetName],
  ]);
  strictEqual(code, 0, stderr);
  const peaks = { source: peakRssMb(source.pid), target: peakRssMb(target.pid) };
  say(`Peaks: source ${Math.round(peaks.source)} MB, target ${Math.round(peaks.target)} MB`);
  for (const [side, peak] of Object.entries(peaks)) ok(peak < mostMb, `${side}: ${peak} MB`);
  const digests = await pair.digests(["item", "big"].map((name) => ({ schema: "public", name })));
  deepStrictEqual(digests.target, digests.source);
  strictEqual(digests.source.item?.startsWith(`${rows}:`), true);
});
