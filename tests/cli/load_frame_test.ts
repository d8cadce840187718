import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { renderFrame } from "../../src/cli/load_frame.ts";
import { summaryTable } from "../../src/cli/load_summary.ts";
import { progressLine } from "../../src/cli/load_lines.ts";
import { formatDuration } from "../../src/cli/quantities.ts";
import { loadedTable, reportOf } from "./loaded_table.ts";

const megabyte = 1024 * 1024;
const wide = { columns: 120, rows: 24 };

const half = loadedTable({
  name: "orders",
  rows: 1_234_567,
  bytes: 200 * megabyte,
  bytesDone: 100 * megabyte,
  bytesPerSecond: 20 * megabyte,
  secondsLeft: 5,
});

Deno.test("a table at work has a bar, and all of them together have one", () => {
  const tables = [
    half,
    loadedTable({ name: "tail", phase: "pending", bytes: 100 * megabyte }),
    loadedTable({ name: "done", phase: "streaming", rows: 3 }),
    loadedTable({ name: "built", phase: "building", indexSeconds: 12.4 }),
    loadedTable({ name: "behind", phase: "catching_up" }),
  ];
  deepStrictEqual(
    renderFrame(reportOf(tables, 20 * megabyte), wide),
    [
      "public.orders [===============>              ]  50%  1,234,567 rows  100.0/200.0 MB  20.0 MB/s  eta 0:05",
      "public.built   building indexes  0:12",
      "public.behind  catching up",
      "total         [==========>                   ]  33%  1 of 5 tables  1,234,570 rows  100.0/300.0 MB  20.0 MB/s  eta 0:10",
    ].map((line) => line.length < 120 ? line : line.slice(0, 118) + "…"),
  );
});

Deno.test("no line is longer than the terminal is wide, and none is lost", () => {
  const names = ["a", "a_rather_long_name_of_a_table_that_does_not_fit_anywhere", "名前"];
  const tables = names.map((name) => ({ ...half, name }));
  for (const columns of [1, 2, 5, 10, 20, 30, 40, 60, 80, 200]) {
    const lines = renderFrame(reportOf(tables, 3), { columns, rows: 24 });
    strictEqual(lines.length, 4);
    for (const line of lines) {
      ok([...line].length <= Math.max(0, columns - 1), `${columns}: ${line}`);
    }
  }
  const [narrow] = renderFrame(reportOf([half]), { columns: 46, rows: 24 });
  ok(narrow?.includes("50%") && narrow.includes("eta 0:05"), "what tells most stays");
});

Deno.test("of a thousand tables only those at work have a bar, as far as the terminal is high", () => {
  const pending = Array.from({ length: 997 }, () => loadedTable({ phase: "pending" }));
  strictEqual(renderFrame(reportOf([...pending, half, half, half]), wide).length, 4);
  const lines = renderFrame(reportOf([...pending, half, half, half]), { columns: 80, rows: 5 });
  strictEqual(lines.length, 4);
  ok(lines[2]?.startsWith("… and 1 more"));
});

Deno.test("whatever the numbers are, nothing infinite and no NaN is shown", () => {
  const odd = [
    loadedTable({}),
    loadedTable({ bytes: 0, bytesDone: 8192 }),
    loadedTable({ bytesPerSecond: 0, bytes: 1 }),
    loadedTable({ phase: "streaming", seconds: 0 }),
  ];
  for (const tables of [[], odd]) {
    const text = [
      ...renderFrame(reportOf(tables, 0), wide),
      progressLine(reportOf(tables, 0)),
      summaryTable(reportOf(tables, 0)),
    ].join("\n");
    ok(!/NaN|Infinity|undefined|null/.test(text), text);
  }
});

Deno.test("a name cannot break its line", () => {
  const [line] = renderFrame(reportOf([{ ...half, name: "a\n\u001b[31mb" }]), wide);
  ok(line?.startsWith("public.a??[31mb "), String(line));
});

Deno.test("a load ends with a table of what each table took, and all of them together", () => {
  const tables = [
    loadedTable({
      ...{ name: "orders", phase: "streaming", rows: 100, bytes: 2 * megabyte },
      ...{
        bytesDone: 2 * megabyte,
        bytesPerSecond: megabyte / 2,
        begunAt: 10,
        seconds: 4,
        indexSeconds: 1,
      },
    }),
    loadedTable({ name: "none", phase: "streaming", begunAt: 12, seconds: 6, indexSeconds: 0.5 }),
  ];
  deepStrictEqual(summaryTable(reportOf(tables)).split("\n"), [
    "  table          rows   MB  seconds  MB/s  index s",
    "  public.orders   100  2.0      4.0   0.5      1.0",
    "  public.none       0  0.0      6.0     -      0.5",
    "  total           100  2.0      8.0   0.3      1.5",
    "",
  ]);
});

Deno.test("lines elsewhere name what is at work", () => {
  const line = progressLine(
    reportOf([half, loadedTable({ name: "b", phase: "building" })], megabyte),
  );
  strictEqual(
    line,
    "0 of 2 tables, 1234567 rows, 100.0 of 200.0 MB, 1.0 MB/s, 100 s left (orders; building: b)\n",
  );
});

Deno.test("durations are read at a glance", () => {
  deepStrictEqual([0, 7, 61, 3600, 90_000, NaN, -1].map(formatDuration), [
    ...["0:00", "0:07", "1:01", "1:00:00", "1d 01:00", "0:00", "0:00"],
  ]);
});
