import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Fault, openPair, say, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create table item (id int primary key, note text unique);
  create table log (id bigint generated always as identity primary key, at timestamptz default now());
`;
const tables = [{ schema: "public", name: "item" }, { schema: "public", name: "log" }];

const faults: { fault: Fault; cutAfterBytes?: number }[] = [
  { fault: "refuse" },
  { fault: "lose answer" },
  { fault: "cut body", cutAfterBytes: 300 },
  { fault: "cut body", cutAfterBytes: 90_000 },
  { fault: "hold" },
  { fault: "slow" },
];

for (const { fault, cutAfterBytes } of faults) {
  const name = cutAfterBytes === undefined ? fault : `${fault} after ${cutAfterBytes} bytes`;
  Deno.test(`a network that does "${name}" loses and doubles nothing`, async () => {
    await using pair = await openPair({ setup, hasProxy: true });
    await pair.start();
    await pair.caughtUp();
    const { proxy } = pair;
    ok(proxy);
    for (let round = 0; round < 3; round++) {
      const struckBefore = proxy.struck;
      proxy.fault = fault;
      proxy.cutAfterBytes = cutAfterBytes ?? 0;
      proxy.cutAll();
      await pair.write(`
        insert into item select i, 'note ' || i || repeat('x', 100)
          from generate_series(${round * 10_000}, ${round * 10_000 + 2000}) i;
        insert into log select from generate_series(1, 500);
        delete from item where id % 7 = ${round};
        update item set note = note || '!' where id % 11 = ${round}`);
      const strikes = fault === "slow" ? 30 : 1;
      await waitFor(() => proxy.struck >= struckBefore + strikes, { what: "the fault to strike" });
      proxy.fault = "none";
      // What was held or slow goes on where it was.
      if (fault !== "hold" && fault !== "slow") proxy.cutAll();
      await pair.caughtUp();
      const { source, target } = await pair.digests(tables);
      deepStrictEqual(target, source);
    }
    say(`struck ${proxy.struck} times`);
  });
}

Deno.test("old requests that come again, in any order and at once, change nothing", async () => {
  await using pair = await openPair({ setup, hasProxy: true });
  const { proxy } = pair;
  ok(proxy);
  proxy.isRecording = true;
  await pair.start();
  await pair.caughtUp();
  for (let round = 1; round <= 4; round++) {
    // Each batch on a connection of its own, so that it can be sent again by itself.
    proxy.cutAll();
    await pair.write(`
      insert into item values (${round}, 'round ${round}'), (100, 'first')
        on conflict (id) do update set note = 'changed in ${round}';
      insert into log select from generate_series(1, 5);
      delete from item where id = ${round - 2}`);
    await pair.caughtUp();
  }
  await pair.sourceInstance?.stop();
  proxy.isRecording = false;
  const before = await pair.digests(tables);
  deepStrictEqual(before.target, before.source);
  const admin = pair.target.server.url(pair.target.name);
  const applied = () => runSql(admin, "select position, batches, rows from teleport.applied");
  const stored = await applied();
  const requests = proxy.recorded.filter((sent) => sent.length > 0);
  ok(requests.length >= 4, `${requests.length} connections`);
  const orders: Uint8Array[][][][] = [
    requests.map((sent) => [sent]),
    requests.toReversed().map((sent) => [sent]),
    [requests],
    requests.map((sent) => [sent, sent]),
  ];
  let refused = 0;
  for (const order of orders) {
    for (const atOnce of order) {
      const answers = await Promise.all(atOnce.map((sent) => proxy.replay(sent)));
      refused += answers.join("").match(/position_conflict|peer_refused/g)?.length ?? 0;
    }
    deepStrictEqual(await applied(), stored);
    deepStrictEqual((await pair.digests(tables)).target, before.target);
  }
  ok(refused >= requests.length, `${refused} refusals`);
  await pair.startSource();
  await pair.write("insert into item values (200, 'after')");
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source);
  strictEqual(pair.lines.some((line) => line.includes("position_lost")), false);
});
