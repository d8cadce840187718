/** Partitioned tables and inheritance: writes through the root, the middle and the leaves, and moves. */
import type { Random } from "../../pair/mod.ts";
import { type Action, customer, text } from "./action.ts";

const region = (random: Random) => `'${random.pick(["eu", "us", "jp", "in", "br", "za"])}'`;
const id = (random: Random) => random.int(1, 40);

export const treeActions: readonly Action[] = [
  {
    kind: "insert through the root",
    weight: 4,
    since: 11,
    statements: (r) => [
      `insert into measure select ${
        region(r)
      }, n, (select min(id) from customer where id > 5), n / 3.0
       from generate_series(${id(r)}, 40) n on conflict (region, id) do update set value = -1`,
    ],
  },
  {
    kind: "insert through the root",
    weight: 4,
    since: 10,
    until: 10,
    statements: (r) => [
      `insert into measure values ('${r.pick(["eu", "us", "jp"])}', ${id(r)}, null, 1 / 3.0)`,
    ],
  },
  {
    kind: "update through the root",
    weight: 3,
    since: 10,
    statements: (r) => [
      `update measure set value = value + 1 where region = ${region(r)} and id > ${id(r)}`,
      `delete from measure where id = ${id(r)}`,
    ],
  },
  {
    kind: "partition move",
    weight: 5,
    since: 11,
    statements: (r) =>
      r.pick([
        [`update measure set region = ${region(r)} where region = ${region(r)} and id < ${id(r)}`],
        [`update measure set region = ${region(r)}, id = id + 100 where id = ${id(r)}`],
        [`update measure set id = id - 100 where id > 100`],
        [`update bucket set id = ${id(r)} where id = ${id(r)}`],
        [`update bucket set id = id + 41 where id % 4 = ${r.int(0, 3)}`],
        ["update bucket set id = id - 41 where id > 41", "delete from bucket where id > 60"],
      ]),
  },
  {
    kind: "move inside of a middle level",
    weight: 3,
    since: 11,
    statements: (r) => [`update measure_asia set id = 40 - id where id between 1 and ${id(r)}`],
  },
  {
    kind: "key change inside of a leaf",
    weight: 3,
    since: 10,
    statements: (r) => [
      `update measure_asia_low set id = id - ${r.int(1, 5)}, region = 'in' where id < ${id(r)}`,
      `update measure_us set id = ${id(r)} where id = ${id(r)}`,
    ],
  },
  {
    kind: "direct DML on leaves and middle",
    weight: 5,
    since: 10,
    statements: (r) =>
      r.pick([
        [`insert into measure_eu values ('eu', ${id(r)}, ${
          customer(r)
        }, 0.1) on conflict do nothing`],
        [`insert into measure_asia values ('jp', ${id(r)}, null, 'NaN')`],
        [`update measure_eu set value = value * 2 where id < ${id(r)}`],
        [`update measure_asia set region = ${r.pick(["'jp'", "'in'"])} where id > ${id(r)}`],
        [`delete from measure_asia where id % 3 = ${r.int(0, 2)}`],
        [`delete from measure_us where id > ${id(r)}`],
      ]),
  },
  {
    kind: "hash partitions",
    weight: 3,
    since: 11,
    statements: (r) =>
      r.pick([
        [
          `insert into bucket select n, ${text(r)} from generate_series(${id(r)}, 40) n
           on conflict (id) do update set note = excluded.note`,
        ],
        [`delete from bucket_1 where id > ${id(r)}`],
        [`update bucket_2 set note = ${text(r)}`],
      ]),
  },
  {
    kind: "merge that moves rows",
    weight: 2,
    since: 11,
    sourceSince: 15,
    statements: (r) => [
      `merge into measure m using generate_series(1, ${id(r)}) n on m.id = n and m.region <> 'us'
       when matched and n % 5 = 0 then delete
       when matched and m.region = 'eu' then update set region = 'za'
       when not matched and n % 7 = 0 then insert (region, id) values ('br', n)`,
    ],
  },
  {
    kind: "reference to a partitioned table",
    weight: 4,
    since: 12,
    statements: (r) =>
      r.pick([
        [
          `insert into parcel select ${region(r)}, n, 1.50 from generate_series(1, ${id(r)}) n
           on conflict (region, id) do update set weight = parcel.weight + 0.50`,
        ],
        [
          `insert into parcel_tag select region, id, 'tag ${r.int(1, 3)}' from parcel
           where region = ${region(r)} and id < ${id(r)} on conflict do nothing`,
        ],
        [`update parcel set region = ${region(r)} where region = ${region(r)} and id < ${id(r)}`],
        [`update parcel_eu set id = id + 40 where id = ${id(r)}`],
        [`delete from parcel where id > ${id(r)} or id > 40`],
      ]),
  },
  {
    kind: "inheritance",
    weight: 6,
    statements: (r) =>
      r.pick([
        [`insert into vehicle values (${id(r)}, ${text(r)}) on conflict do nothing`],
        [
          `insert into car values (${id(r)}, ${text(r)}, ${r.int(2, 5)})
           on conflict (id) do update set doors = excluded.doors`,
        ],
        [`insert into lorry values (${id(r)}, ${text(r)}, 7500) on conflict do nothing`],
        // Parent and children at once; one id may be in each of them.
        [`update vehicle set name = ${text(r)} where id < ${id(r)}`],
        [`update only vehicle set id = id + 50 where id = ${id(r)}`],
        [`update vehicle set id = id - 50 where id > 50`],
        [`update car set id = ${id(r)} where id = ${id(r)}`],
        [`delete from vehicle where id = ${id(r)}`],
        [`delete from only vehicle where id < ${id(r)}`],
      ]),
  },
  {
    kind: "writes through a view's triggers",
    weight: 2,
    statements: (r) =>
      r.pick([
        [`insert into garage values (${id(r)}, ${text(r)}, '${r.pick(["car", "lorry"])}')`],
        [`update garage set kind = '${r.pick(["car", "lorry"])}' where id = ${id(r)}`],
        [`delete from garage where id = ${id(r)}`],
      ]),
  },
];
