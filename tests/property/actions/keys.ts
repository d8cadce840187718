/** Keys that are hard to handle: swapped, deferrable, equal but different, odd, computed, of many types. */
import { type Action, mood, text } from "./action.ts";
import type { Random } from "../../pair/mod.ts";

const amount = (random: Random) => random.pick(["1", "1.0", "1.00", "2", "2.000", "0.5", "0.50"]);
const span = (random: Random) =>
  `interval '${random.pick(["1 month", "30 days", "720 hours", "1 day", "24 hours"])}'`;
const uuid = (random: Random) =>
  `'00000000-0000-4000-8000-0000000000${String(random.int(10, 29))}'`;

export const keyActions: readonly Action[] = [
  {
    kind: "swap of unique values by deletion",
    weight: 2,
    statements: (r) => [
      `with gone as (delete from seat where place between ${r.int(1, 5)} and ${r.int(5, 9)}
         returning id, place)
       insert into audit (what) select 'seat ' || id from gone`,
      `insert into seat (id, place, guest) select n, 21 - n, ${text(r)}
       from generate_series(1, 20) n
         where not exists (select 1 from seat s where s.id = n or s.place = 21 - n)`,
    ],
  },
  {
    kind: "swap of unique values by a temporary value",
    weight: 4,
    statements: (r) => {
      const [one, other] = [r.int(1, 20), r.int(1, 20)];
      return [
        `update seat set place = -${one} where place = ${one}`,
        `update seat set place = ${one} where place = ${other}`,
        `update seat set place = ${other} where place = -${one}`,
      ];
    },
  },
  {
    kind: "swap of deferred unique values",
    weight: 4,
    statements: (r) => {
      const [one, other] = [r.int(1, 20), r.int(1, 20)];
      return [
        `update seat set rank = ${one} where place = ${other}`,
        `update seat set rank = ${other} where rank = ${one} and place <> ${other}`,
      ];
    },
  },
  {
    kind: "shift of deferred unique values",
    weight: 2,
    statements: (r) => [`update seat set rank = (id + ${r.int(0, 30)}) % 31`],
  },
  {
    kind: "exclusion",
    weight: 3,
    statements: (r) => {
      const start = r.int(1, 90);
      return [
        `insert into booking values (${r.int(1, 20)}, int4range(${start}, ${start + r.int(1, 4)}))
         on conflict do nothing`,
      ];
    },
  },
  {
    kind: "swap of exclusive values",
    weight: 2,
    statements: (r) => {
      const [one, other] = [r.int(1, 20), r.int(1, 20)];
      return [
        // Sorted, so that both are gone before the first comes back.
        `with gone as (
           delete from booking where id in (${one}, ${other}) returning id, during)
         insert into booking select case id when ${one} then ${other} else ${one} end, during
         from gone order by during`,
      ];
    },
  },
  {
    kind: "deferrable key",
    weight: 3,
    statements: (r) => [
      `insert into slot select n, ${text(r)} from generate_series(1, ${r.int(2, 12)}) n
       where not exists (select 1 from slot s where s.id = n)`,
      `update slot set id = id + ${r.pick([-1, 1, 2])} where id > ${r.int(0, 6)}`,
      `delete from slot where id > 20 or id < 0 or id = ${r.int(1, 20)}`,
    ],
  },
  {
    kind: "equal keys of different text",
    weight: 6,
    statements: (r) =>
      r.pick([
        [
          `insert into equal_key values (${amount(r)}, ${span(r)}, ${text(r)})
           on conflict (amount, span) do update set note = excluded.note`,
        ],
        [
          `insert into equal_key values (${amount(r)}, ${span(r)}, ${text(r)})
           on conflict (amount, span) do update set amount = excluded.amount, span = excluded.span`,
        ],
        [`update equal_key set amount = ${amount(r)} where amount = ${amount(r)}`],
        [`update equal_key set span = ${span(r)} where amount = ${amount(r)} and span = ${
          span(r)
        }`],
        [`delete from equal_key where amount = ${amount(r)} and span = ${span(r)}`],
      ]),
  },
  {
    kind: "equal keys of an extension's type",
    weight: 5,
    since: 13,
    statements: (r) => {
      const name = () => `'${r.pick(["Ann", "ann", "ANN", "Bob", "bOB", "Zoë", "ZOË", "Eve"])}'`;
      return r.pick([
        [
          `insert into nickname (name) values (${name()})
           on conflict (name) do update set name = excluded.name, times = nickname.times + 1`,
        ],
        [`insert into nickname values (${name()}, 'said ${r.int(1, 5)}') on conflict do nothing`],
        [`update nickname set name = ${name()} where name = ${name()}`],
        [`update nickname set said = 'said ${r.int(1, 5)}' where name = ${name()}`],
        [`delete from nickname where name = ${name()}`],
        [
          `delete from nickname where name = 'ann'`,
          `insert into nickname values ('${r.pick(["Ann", "ANN"])}')`,
        ],
      ]);
    },
  },
  {
    kind: "unlogged",
    weight: 2,
    statements: (r) =>
      r.pick([
        [`insert into draft select n, ${text(r)} from generate_series(1, ${
          r.int(1, 9)
        }) n on conflict (id) do update set note = excluded.note`],
        [`update draft set id = id + ${r.int(5, 9)} where id < ${r.int(2, 6)}`],
        [`delete from draft where id > ${r.int(3, 12)}`],
      ]),
  },
  {
    kind: "odd names",
    weight: 4,
    statements: (r) =>
      r.pick([
        [
          `insert into "a b" ("x""y", "Größe", "select") values (${r.int(1, 9)},
             ${r.pick(["''", "'a''b'", String.raw`E'\\N'`, "'{\"}'", "'NULL'", String.raw`E'\t'`])},
             ${r.pick(["'aside'", "'aside 2'", "null", "'x'"])})`,
        ],
        [`update "a b" set "x""y" = "x""y" + ${r.int(-3, 50)} where "x""y" > ${r.int(1, 200)}`],
        [`update "a b" set "Größe" = "Größe" || "x""y" where "x""y" = ${r.int(1, 9)}`],
        [`update "a b" set words = array['a', 'b'], code = 'd' where "x""y" = ${r.int(1, 9)}`],
        [`delete from "a b" where "x""y" % 4 = ${r.int(0, 3)} or length("Größe") > 20`],
      ]),
  },
  {
    kind: "keys of many types",
    weight: 4,
    statements: (r) =>
      r.pick([
        [
          `insert into reading (at, mood, value, codes, day)
           select timestamptz '2024-03-31 00:59:59.999999+00' + n * interval '1 hour', ${mood(r)},
             n / ${r.pick(["3.0", "7.0", "-7.0", "1e300"])}, array[n, null, ${
            r.int(1, 3)
          }], 'infinity'
           from generate_series(1, ${r.int(1, 9)}) n on conflict do nothing`,
        ],
        [
          `insert into reading (at, mood, value, codes) values ('-infinity', ${mood(r)},
             '${r.pick(["NaN", "Infinity", "-0", "0", "0.1"])}', '{}')
           on conflict (at, mood, value, codes) do update set value = excluded.value`,
        ],
        [`update reading set mood = ${mood(r)} where mood = ${mood(r)} and value > ${r.int(0, 3)}`],
        [`update reading set value = -value, codes = codes || 1 where mood = ${mood(r)}`],
        [`delete from reading where mood = ${mood(r)} and codes[1] > ${r.int(1, 5)}`],
        ["delete from reading where array_length(codes, 1) > 6"],
      ]),
  },
  {
    kind: "large values",
    weight: 2,
    statements: (r) =>
      r.pick([
        [
          `insert into document select ${uuid(r)}, ${text(r)},
             (select string_agg(md5(n::text), '') from generate_series(1, ${r.int(1, 300)}) n),
             repeat('x', ${r.int(1, 9000)})
           on conflict (id) do update set attachment = excluded.attachment`,
        ],
        // The large columns stay where they are.
        [`update document set title = ${text(r)} where id < ${uuid(r)}`],
        [`update document set id = ${uuid(r)} where id = ${uuid(r)}`],
        [`delete from document where id = ${uuid(r)}`],
      ]),
  },
  {
    kind: "self-referencing tree",
    weight: 4,
    statements: (r) =>
      r.pick([
        [
          `insert into tree (id, parent_id, label) select n, greatest(n / 2, 1), ${text(r)}
           from generate_series(1, ${r.int(1, 25)}) n on conflict do nothing`,
        ],
        [`update tree set id = ${r.int(1, 25)} where id = ${r.int(1, 25)}`],
        [`update tree set parent_id = ${r.int(1, 25)} where id > ${r.int(1, 25)}`],
        [`delete from tree where id = ${r.int(2, 25)}`],
        // Children first: only the end of the transaction finds their parent.
        [
          `insert into tree (id, kind, parent_id) values (${
            r.int(26, 40)
          }, 'early', 50) on conflict do nothing`,
          "insert into tree (id, parent_id, label) values (50, 50, 'late') on conflict do nothing",
        ],
      ]),
  },
  {
    kind: "rule",
    weight: 1,
    statements: (r) => [`update slot set label = ${text(r)} where id < ${r.int(1, 9)}`],
  },
  {
    kind: "identity and generated columns",
    weight: 4,
    since: 12,
    statements: (r) =>
      r.pick([
        [`insert into article (name, words) select ${r.pick(["'A'", "'bc'"])}, n
          from generate_series(1, ${r.int(1, 4)}) n`],
        [
          `insert into article (id, name) overriding system value
           values (${r.int(-20, -1)}, 'given') on conflict (id) do update set name = 'taken'`,
        ],
        [
          `update article set name = name || '+', marks = array['m', ${r.pick(["'n'", "'o'"])}]
           where id % 3 = ${r.int(0, 2)}`,
        ],
        ["delete from article where length(name) > 4 or id < -15"],
        [`insert into article overriding user value select id, name from article where id < 9`],
      ]),
  },
  {
    kind: "generated key",
    weight: 4,
    since: 12,
    statements: (r) => {
      const name = `'${r.pick(["Red", "RED", "red", "Blue", "blue", "Green", "Grey"])}'`;
      return r.pick([
        [
          `insert into label (name) values (${name})
           on conflict (slug) do update set name = excluded.name, hits = label.hits + 1`,
        ],
        [`update label set name = ${name} where name = 'Blue'`],
        [`update label set name = name || 'ish' where hits % 3 = ${r.int(0, 2)}`],
        [`delete from label where slug like ${name} or length(name) > 12`],
      ]);
    },
  },
];
