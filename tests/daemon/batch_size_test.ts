import { deepStrictEqual } from "node:assert/strict";
import { BatchSize } from "../../src/daemon/batch_size.ts";

Deno.test("a batch that stands in the way or takes long is halved, and grows again up to what is configured", () => {
  const size = new BatchSize(1000, { longMs: 100 });
  const seen = [size.maxEvents];
  const note = (act: () => void) => {
    act();
    seen.push(size.maxEvents);
  };
  note(() => size.gaveWay());
  note(() => size.gaveWay());
  note(() => size.took(99));
  note(() => size.took(101));
  note(() => size.took(1));
  note(() => size.took(1));
  note(() => size.took(1));
  deepStrictEqual(seen, [1000, 500, 250, 500, 250, 500, 1000, 1000]);
  for (let time = 0; time < 20; time++) size.gaveWay();
  deepStrictEqual(size.maxEvents, 1);
});
