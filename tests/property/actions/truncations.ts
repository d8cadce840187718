/** TRUNCATE of tables, of several at once, with CASCADE, of leaves and middle levels, with rows again. */
import { type Action, text } from "./action.ts";

export const truncations: readonly Action[] = [
  {
    kind: "truncate",
    weight: 4,
    statements: (r) => [
      `truncate ${
        r.pick([
          "seat",
          "equal_key",
          "booking",
          "reading",
          '"a b"',
          "document",
          "slot",
          "tree",
          "draft",
        ])
      }`,
    ],
  },
  {
    kind: "truncate and fill again",
    weight: 3,
    statements: (r) =>
      r.pick([
        [
          "truncate seat",
          `insert into seat select n, n, n, ${text(r)} from generate_series(1, 20) n`,
        ],
        [
          `insert into counter values (${r.int(1000, 1009)}) on conflict do nothing`,
          "truncate counter",
          `insert into counter values (${r.int(1000, 1009)}), (${r.int(1010, 1019)})`,
        ],
      ]),
  },
  // Its own trigger writes a row after it; RESTART IDENTITY gives keys out again.
  {
    kind: "truncate and restart of an identity",
    weight: 3,
    statements: () => ["truncate audit, keyless restart identity"],
  },
  {
    kind: "truncate with cascade",
    weight: 1,
    statements: (r) => [`truncate ${r.pick(['"order"', "product", "customer"])} cascade`],
  },
  {
    kind: "truncate of several tables",
    weight: 1,
    statements: () => ["truncate order_line, favourite"],
  },
  {
    kind: "truncate of a parent and its children",
    weight: 1,
    statements: (r) => [`truncate ${r.pick(["vehicle", "only vehicle", "car, lorry"])}`],
  },
  {
    kind: "truncate of a leaf",
    weight: 5,
    since: 11,
    statements: (r) => [
      `truncate ${
        r.pick([
          "measure_eu",
          "measure_us",
          "measure_asia_low",
          "measure_rest",
          "bucket_0",
          "bucket_2",
        ])
      }${r.chance(0.2) ? " cascade" : ""}`,
    ],
  },
  {
    kind: "truncate of a leaf",
    weight: 3,
    since: 10,
    until: 10,
    statements: (r) => [`truncate ${r.pick(["measure_eu", "measure_us", "measure_asia_high"])}`],
  },
  {
    kind: "truncate of a middle level",
    weight: 2,
    since: 10,
    statements: () => ["truncate measure_asia"],
  },
  {
    kind: "truncate of a whole partitioned table",
    weight: 1,
    since: 10,
    statements: () => ["truncate measure cascade"],
  },
  {
    kind: "truncate and move of rows",
    weight: 2,
    since: 11,
    statements: (r) => [
      "truncate bucket_1",
      `update bucket set id = id + 1 where id % 2 = 0 and not exists (
         select 1 from bucket b where b.id = bucket.id + 1)`,
      `insert into bucket select n, 'new' from generate_series(1, ${r.int(2, 9)}) n
       on conflict do nothing`,
    ],
  },
];
