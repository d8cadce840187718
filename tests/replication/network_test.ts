import { deepStrictEqual, ok } from "node:assert/strict";
import { type Fault, openPair, say, waitFor } from "../pair/mod.ts";

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
      await waitFor(() => proxy.struck > struckBefore, { what: "the fault to strike" });
      proxy.fault = "none";
      proxy.cutAll();
      await pair.caughtUp();
      const { source, target } = await pair.digests(tables);
      deepStrictEqual(target, source);
    }
    say(`struck ${proxy.struck} times`);
  });
}
