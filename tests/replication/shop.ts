/** A shop that existed before replication, and customers that do not wait for it. */
import { runSql } from "../postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";
import shopSql from "./shop.sql" with { type: "text" };

export const shopSetup = shopSql;

export const shopTables = ["customer", "orders", "line", "measure"]
  .map((name) => ({ schema: "public", name }));

/** Statements that move rows about: updates that move tuples, key changes, cascades, deletes, upserts. */
const statements: readonly ((n: number) => string)[] = [
  (n) =>
    `insert into customer (email) values ('late${n}@example.org') on conflict (email) do nothing`,
  (n) =>
    `update customer set tags = tags || array['x'], profile = '{"big": "${"y".repeat(200)}"}'
     where id % 97 = ${n % 97}`,
  (n) => `delete from customer where id = ${n % 3000 + 1}`,
  (n) => `update orders set state = 'paid' where id % 50 = ${n % 50}`,
  (n) =>
    `update orders set id = id + 1000000 where id = ${n % 10000}
          and not exists (select 1 from line where order_id = ${n % 10000})`,
  (n) => `delete from line where order_id = ${n % 10000} and number = 2`,
  (n) =>
    `insert into line select id, 2, 5, 7 from orders where id = ${n % 10000}
     on conflict (order_id, number) do update set price = line.price + 1`,
  (n) =>
    `update measure set at = at + interval '181 days'
     where sensor = ${n % 20} and at < '2026-01-0${n % 8 + 1}'`,
  (n) =>
    `begin; delete from measure where sensor = ${n % 20} and value > 140; savepoint a;
     update line set quantity = 9 where order_id = ${n % 9999}; rollback to a; commit`,
  (n) => `begin; update customer set tags = '{}' where id % 13 = ${n % 13}; rollback`,
];

/** Writes with so many clients until stopped. */
export function writeShop(
  pair: Pair,
  options: { clients: number; seed: number },
): { stop: () => Promise<number> } {
  let isStopped = false;
  let written = 0;
  const client = async (number: number) => {
    for (let step = options.seed + number * 7919; !isStopped; step += 104_729) {
      const statement = statements[step % statements.length];
      if (statement === undefined) continue;
      try {
        await runSql(pair.source.urlAs(pair.owner), statement(Math.floor(step / 10)));
        written += 1;
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    }
  };
  const running = Promise.all(
    Array.from({ length: options.clients }, (_, number) => client(number)),
  );
  return {
    stop: async () => {
      isStopped = true;
      await running;
      return written;
    },
  };
}

/** Clients may deadlock or collide with each other, as in life. */
function isExpected(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["40P01", "23505", "23503", "40001"].includes(String(code));
}
