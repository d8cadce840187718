/** What the bank's customers do: each a transaction of several statements, that commits whole or not at all. */
import type { Random } from "../../pair/mod.ts";

/** Accounts that writers meet at, and those that they seldom do. */
const account = (random: Random) => random.chance(0.5) ? random.int(1, 40) : random.int(1, 15000);
const region = (random: Random) => `'${random.pick(["eu", "us", "br", "za"])}'`;
const visit = (random: Random) => random.int(1, 12000);

interface Kind {
  weight: number;
  statements: (random: Random) => string[];
  truncates?: true;
}

const transactions: readonly Kind[] = [
  {
    // A transfer: half of it would show in the sum.
    weight: 6,
    statements: (r) => {
      const [from, to, amount] = [account(r), account(r), r.int(1, 90)];
      return [
        `update account set balance = balance - ${amount} where id = ${from}`,
        `update account set balance = balance + ${amount} where id = ${to}`,
        `insert into entry (account_id, amount)
         select id, ${amount} from account where id in (${from}, ${to})`,
        "update counter set n = n + 1 where id = 1",
      ];
    },
  },
  {
    weight: 3,
    statements: (r) => [
      `insert into account select id, id, 'new', 0, null from (
         select max(id) + 1 as id from account) next where ${r.int(1, 2)} > 0
       on conflict do nothing`,
      `insert into entry (account_id, amount, note)
       select max(id), 1, repeat('n', ${r.int(1, 300)}) from account`,
    ],
  },
  {
    // Keys change; entries and visits follow by cascade.
    weight: 3,
    statements: (r) => {
      const id = account(r);
      return [
        `update account set id = -id where id in (${id}, -${id})`,
        `update visit set value = 'seen' where account_id = -${id}`,
      ];
    },
  },
  {
    weight: 3,
    statements: (r) => {
      const [one, other] = [account(r), account(r)];
      return [
        `update account set place = -1 - place where place = ${one}`,
        `update account set place = ${one} where place = ${other}`,
        `update account set place = ${other} where place = -1 - ${one}`,
      ];
    },
  },
  {
    weight: 2,
    statements: (r) => {
      const [one, other] = [r.int(1, 500), r.int(1, 500)];
      return [
        `with gone as (delete from booking where id in (${one}, ${other}) returning id, during)
         insert into booking select case id when ${one} then ${other} else ${one} end, during
         from gone order by during`,
      ];
    },
  },
  {
    // Rows go from one partition to another and, as they grow, from one page to another.
    weight: 3,
    statements: (r) => [
      `update visit set region = ${region(r)} where region = ${region(r)} and id % 500 = ${
        r.int(0, 499)
      }`,
      `update visit_eu set value = value || 'more' where id = ${visit(r)}`,
      `delete from visit where id = ${visit(r)}`,
    ],
  },
  {
    weight: 2,
    statements: (r) => [
      `delete from archive where id > md5('${r.next()}')::uuid
         and id in (select id from archive order by id limit ${r.int(1, 5)})`,
      `insert into archive select md5('${r.next()}')::uuid, repeat(md5('${r.next()}'), 30)`,
      `update archive set body = body || 'x' where id in (
         select id from archive where id > md5('${r.next()}')::uuid order by id limit 20)`,
    ],
  },
  {
    weight: 1,
    truncates: true,
    statements: (r) => [
      "truncate cache",
      `insert into cache select i, 'again ${r.int(1, 99)}' from generate_series(1, ${
        r.int(1, 300)
      }) i`,
    ],
  },
  {
    weight: 2,
    statements: (r) => [
      `insert into cache values (${r.int(1, 400)}, 'one')
       on conflict (id) do update set filled = excluded.filled || cache.id`,
      `update cache set filled = 'many' where id % 7 = ${r.int(0, 6)}`,
    ],
  },
  {
    weight: 2,
    statements: (r) => [
      `delete from account where id = ${account(r)}`,
      "savepoint s",
      `delete from entry where id % 1000 = ${r.int(0, 999)}`,
      r.pick(["rollback to s", "release s"]),
    ],
  },
];

const withoutTruncate = transactions.filter(({ truncates }) => !truncates);

export function pickTransaction(
  random: Random,
  { truncates }: { truncates: boolean } = { truncates: true },
): string[] {
  return random.pickWeighted(truncates ? transactions : withoutTruncate).statements(random);
}
