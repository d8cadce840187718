/** Customers, products and orders: ordinary writes, upserts, cascades and the triggers behind them. */
import { type Action, customer, mood, sku, text } from "./action.ts";

const email = (id: number) => `'person-${id}@example.org'`;

export const shopActions: readonly Action[] = [
  {
    kind: "insert",
    weight: 4,
    statements: (r) => {
      const id = customer(r);
      return [
        `insert into customer (id, email, mood, credit, home, tags, note) values (${id}, ${
          email(id)
        },
         ${mood(r)}, ${r.int(0, 9999)} / 100.0, row(${text(r)}, ${r.int(1, 9)}),
         array[${text(r)}, 'b'], '{"n": ${r.int(1, 9)}.0}')`,
      ];
    },
  },
  {
    kind: "multi-row insert",
    weight: 3,
    statements: (r) => [
      `insert into customer (id, email) select n, 'person-' || n || '@example.org'
       from generate_series(${r.int(1, 20)}, ${r.int(20, 30)}) n
       where not exists (
         select 1 from customer c where c.id = n or c.email = 'person-' || n || '@example.org')`,
    ],
  },
  {
    kind: "upsert",
    weight: 5,
    statements: (r) => {
      const id = customer(r);
      return [
        `insert into customer (id, email, note) values (${id}, ${email(id)}, 'null')
         on conflict (id) do update set credit = customer.credit + 1, note = excluded.note`,
      ];
    },
  },
  {
    kind: "upsert, nothing",
    weight: 2,
    statements: (r) => [
      `insert into customer (id, email) select n, 'person-' || n || '@example.org'
       from generate_series(1, ${r.int(5, 30)}) n on conflict (${
        r.pick(["id", "email"])
      }) do nothing`,
    ],
  },
  {
    kind: "upsert that changes the key",
    weight: 2,
    statements: (r) => {
      const id = customer(r);
      return [
        `insert into customer (id, email) values (${id}, ${email(customer(r))})
         on conflict (email) do update set id = ${customer(r)}, mood = ${mood(r)}`,
      ];
    },
  },
  {
    kind: "update",
    weight: 5,
    statements: (r) => [
      `update customer set mood = ${mood(r)}, tags = tags || ${text(r)}::text,
       home = row('Street', ${r.int(1, 9)}) where id = ${customer(r)}`,
    ],
  },
  {
    kind: "multi-row update",
    weight: 2,
    statements: (r) => [`update customer set credit = credit + 1 where id % 7 = ${r.int(0, 6)}`],
  },
  {
    kind: "key change",
    weight: 4,
    // Orders, favourites and measures follow by ON UPDATE CASCADE.
    statements: (r) => [`update customer set id = ${customer(r)} where id = ${customer(r)}`],
  },
  {
    kind: "swap of keys by a temporary value",
    weight: 2,
    statements: (r) => {
      const [one, other] = [customer(r), customer(r)];
      return [
        `update customer set id = -${one} where id = ${one}`,
        `update customer set id = ${one} where id = ${other}`,
        `update customer set id = ${other} where id = -${one}`,
      ];
    },
  },
  {
    kind: "swap of unique values by a temporary value",
    weight: 3,
    statements: (r) => {
      const [one, other] = [customer(r), customer(r)];
      return [
        `update customer set email = 'nobody-' || pg_backend_pid() where email = ${email(one)}`,
        `update customer set email = ${email(one)} where email = ${email(other)}`,
        `update customer set email = ${email(other)} where email = 'nobody-' || pg_backend_pid()`,
      ];
    },
  },
  {
    kind: "rotation of deferrable unique values",
    weight: 3,
    statements: (r) => [
      `update customer set nick = 'nick-' || (id + ${r.int(0, 9)}) % 31 where id between 0 and 30`,
    ],
  },
  {
    kind: "delete with cascade",
    weight: 2,
    statements: (r) => [`delete from customer where id = ${customer(r)}`],
  },
  {
    kind: "delete and insert again",
    weight: 2,
    statements: (r) => {
      const id = customer(r);
      return [
        `delete from customer where id = ${id}`,
        `insert into customer (id, email) values (${id}, ${email(id)})`,
      ];
    },
  },
  {
    kind: "update through a view",
    weight: 2,
    statements: (r) => [
      `update glad_customer set mood = ${mood(r)}, credit = 7 where id < ${r.int(2, 12)}`,
    ],
  },
  {
    kind: "writable CTE",
    weight: 2,
    statements: (r) => [
      `with gone as (delete from customer where id = ${customer(r)} returning id, email),
       moved as (update product set price = price + 1 where sku = ${sku(r)} returning sku)
       insert into product (sku, title) select 'sku-' || (gone.id % 20 + 1), gone.email from gone
       on conflict (sku) do update set title = excluded.title, shelf = null`,
    ],
  },
  {
    kind: "merge",
    weight: 3,
    sourceSince: 15,
    statements: (r) => [
      `merge into customer c using generate_series(${r.int(1, 25)}, 30) n on c.id = n
       when matched and n % 3 = 0 then delete
       when matched then update set mood = ${mood(r)}
       when not matched and n % 2 = 0 then
         insert (id, email) values (n, 'merged-' || n || '@example.org')`,
    ],
  },
  {
    kind: "update of the current row of a cursor",
    weight: 1,
    statements: (r) => [
      `declare c cursor for select * from customer where id > ${customer(r)} for update`,
      "fetch 2 from c",
      "update customer set credit = credit * 2 where current of c",
      "close c",
    ],
  },
  {
    kind: "nested triggers",
    weight: 6,
    // An order counts for its customer; its lines sum up in it, which counts again.
    statements: (r) => [
      `with placed as (
         insert into "order" (customer_id) select id from customer where id = ${customer(r)}
         returning id)
       insert into counter (customer_id) select -id from placed`,
      `insert into order_line (order_id, line, sku, quantity)
       select o.id, n, (select min(sku) from product), n
       from (select max(id) as id from "order") o, generate_series(1, ${r.int(1, 4)}) n
       where o.id is not null on conflict do nothing`,
    ],
  },
  {
    kind: "update of orders",
    weight: 3,
    statements: (r) => [
      `update "order" set total = total + 1 where id % 5 = ${r.int(0, 4)}`,
      `update order_line set line = line + 10 where order_id % 5 = ${r.int(0, 4)}`,
    ],
  },
  {
    kind: "delete of orders with cascade",
    weight: 2,
    statements: (r) => [
      `delete from "order" where id % 3 = ${r.int(0, 2)}`,
      "delete from counter where customer_id < 0",
    ],
  },
  {
    kind: "products by unique index",
    weight: 4,
    statements: (r) => [
      `insert into product (sku, shelf, title, price, picture, spot)
       values (${sku(r)}, ${r.int(1, 25)}, ${text(r)}, ${r.int(1, 900)} / 7.0,
         decode('00ff5c${r.int(10, 99)}', 'hex'), point(${r.int(0, 3)}, 0.1))
       on conflict (sku) do update set shelf = excluded.shelf, picture = excluded.picture,
         spot = excluded.spot`,
    ],
  },
  {
    kind: "cascade of a changed key",
    weight: 3,
    statements: (r) => [`update product set sku = ${sku(r)} where sku = ${sku(r)}`],
  },
  {
    kind: "delete that sets null",
    weight: 2,
    statements: (r) => [`delete from product where sku = ${sku(r)}`],
  },
  {
    kind: "favourites",
    weight: 4,
    statements: (r) => [
      `insert into favourite (customer_id, sku, stars)
       select c.id, p.sku, ${r.int(1, 5)} from customer c, product p
       where c.id % 5 = ${r.int(0, 4)} and p.sku = ${sku(r)}
       on conflict (sku, customer_id) do update set stars = excluded.stars`,
    ],
  },
  {
    kind: "removal of old audits",
    weight: 1,
    statements: () => ["delete from audit where id < (select max(id) - 100 from audit)"],
  },
];
