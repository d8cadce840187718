/** What the application does on the source, statement by statement. */
export const changes: readonly string[] = [
  `insert into customer (name, mood, home) values ('new', 'sad', row('street', 1)), ('b', null, null);
   update customer set mood = 'sad', name = name || '!' where id % 10 = 0;
   delete from customer where id between 20 and 40`,
  `update product set code = 'q' || substr(code, 2) where size < 20;
   update customer set id = id + 100000 where id between 100 and 200 and id not in
     (select customer from purchase)`,
  `insert into visit select date '2020-01-01' + i, 'page ' || i % 7, i from generate_series(1, 500) i;
   update visit set at = at + interval '1 second' where count % 3 = 0`,
  `insert into "Odd ""name""" values ('00000000-0000-0000-0000-000000000001', E'a\\\\b\\tc', E'\\\\x00ff'),
     ('00000000-0000-0000-0000-000000000002', null, ''), ('00000000-0000-0000-0000-000000000003', '', null)`,
  `update "Odd ""name""" set "old" = "old" || '!' where "new" is not null`,
  `insert into animal values (1, 'cat'), (2, 'cow'); insert into dog values (1, 'rex', true);
   update animal set name = name || '?'`,
  `begin; truncate visit; insert into visit values ('2021-01-01', 'again', 1); commit`,
  `alter type mood add value 'happy'`,
  `update customer set mood = 'happy' where id = 50`,
  `alter table customer add column since date default '2001-02-03'`,
  `alter table product rename column price to amount; update product set amount = amount + 1`,
  `alter table customer rename column id to number; insert into customer (name) values ('renamed')`,
  `create table later (id int primary key, at date); insert into later values (1, '2000-01-01')`,
  `alter table animal alter column id type bigint; insert into animal values (5000000000, 'big')`,
  `create function twice(n int) returns int language sql as 'select 2 * n';
   alter table later add column double int default twice(4)`,
  `insert into later (id) select i from generate_series(2, 30) i; drop table note; select nextval('ticket')`,
];

/** What is compared at the end, in the names of the end. */
export const tables = [
  "customer",
  "product",
  "purchase",
  "visit",
  'Odd "name"',
  "dog",
  "later",
].map((name) => ({ schema: "public", name }))
  .concat([{ schema: "public", name: "animal" }].map((table) => ({ ...table, isOnly: true })));
