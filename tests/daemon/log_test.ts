import { createLog, type Log, type LogOptions } from "../../src/daemon/log.ts";
import { TeleportError } from "../../src/model/mod.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";

const now = () => new Date("2026-01-31T12:00:00.123Z");

function collect(options: Partial<LogOptions> = {}): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { log: createLog({ level: "info", format: "json", now, write, ...options }), lines };
}

Deno.test("A JSON event is one line: time, level, message, then its fields", () => {
  const { log, lines } = collect();
  log.info("batch applied", { target: "a", rows: 3, isExact: true, missing: undefined });
  deepStrictEqual(lines, [
    '{"time":"2026-01-31T12:00:00.123Z","level":"info","message":"batch applied","target":"a","rows":3,"isExact":true}\n',
  ]);
});

Deno.test("A text event is one line, with quotes where a value needs them", () => {
  const { log, lines } = collect({ format: "text" });
  log.warn("table held", {
    table: "public.a b",
    reason: 'say "x"\n',
    rows: [1, 2],
    sqlstate: "23505",
  });
  deepStrictEqual(lines, [
    '2026-01-31 12:00:00.123 WARN  table held table="public.a b" reason="say \\"x\\"\\n" rows=[1,2] sqlstate=23505\n',
  ]);
});

Deno.test("Events below the level are dropped", () => {
  const { log, lines } = collect({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  strictEqual(lines.length, 2);
});

Deno.test("A child adds its fields, and an event's own fields win", () => {
  const { log, lines } = collect({ format: "text" });
  log.with({ target: "a" }).with({ table: "t", rows: 0 }).info("x", { rows: 5 });
  deepStrictEqual(lines, ["2026-01-31 12:00:00.123 INFO  x target=a table=t rows=5\n"]);
});

Deno.test("An error of ours is logged by code, hint, context and cause", () => {
  const { log, lines } = collect();
  const cause = new Error("connection reset");
  const error = new TeleportError("peer_unreachable", "Cannot reach a", {
    hint: "Check it.",
    context: { target: "a", token: "hunter2" },
    cause,
  });
  log.error("transmit failed", { error });
  deepStrictEqual(JSON.parse(lines[0] ?? "").error, {
    code: "peer_unreachable",
    message: "Cannot reach a",
    hint: "Check it.",
    context: { target: "a", token: "***" },
    cause: "connection reset",
  });
});

Deno.test("An unexpected error is logged with its stack", () => {
  const { log, lines } = collect();
  log.error("x", { error: new RangeError("boom") });
  const { code, name, message, stack } = JSON.parse(lines[0] ?? "").error;
  deepStrictEqual({ code, name, message }, { code: "bug", name: "RangeError", message: "boom" });
  ok(stack.includes("log_test.ts"));
});

Deno.test("A cause that its error repeats is not logged twice", () => {
  const { log, lines } = collect({ format: "text" });
  const error = new TeleportError("bug", "a: timeout", { cause: new Error("timeout") });
  log.error("x", { error });
  strictEqual(lines[0]?.split("timeout").length, 2);
});

for (const format of ["text", "json"] as const) {
  Deno.test(`Secrets are never in a ${format} line, however deep`, () => {
    const { log, lines } = collect({ format });
    log.with({ authToken: "hunter2" }).info("to postgres://u:hunter2@h/d", {
      password: "hunter2",
      database: { DB_PASSWORD: "hunter2", list: [{ secret: { a: "hunter2" } }] },
      url: "postgres://u:hunter2@h:5432/d",
      text: "host=h password=hunter2 user=u",
      map: new Map([["token", "hunter2"]]),
      error: new Error("no postgres://u:hunter2@h/d", { cause: "password='hunter2'" }),
    });
    ok(!lines.join("").includes("hunter2"), lines.join(""));
    ok(lines.join("").includes("***"));
  });

  Deno.test(`A ${format} event is one line whatever its fields hold`, () => {
    const { log, lines } = collect({ format });
    const circle: Record<string, unknown> = { big: 10n ** 30n, symbol: Symbol("s"), nan: NaN };
    circle["self"] = circle;
    const errorCircle = new Error("a");
    errorCircle.cause = errorCircle;
    log.info("line\nbreak\u2028\u001b[31m", {
      circle,
      errorCircle,
      bytes: new Uint8Array(5),
      at: new Date(NaN),
      set: new Set(["a\nb"]),
      run: () => 1,
      nothing: null,
    });
    strictEqual(lines.length, 1);
    strictEqual(lines[0]?.split("\n").length, 2);
    ok(!lines[0].includes("\u001b"));
  });
}
