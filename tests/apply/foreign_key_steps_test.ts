/** Foreign keys are made in a moment and validated by themselves, some at a time. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type CommandResult, type Position } from "../../src/model/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { openTarget, Servers, source, type Target, target as name } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = ["parent", "one", "two"];

async function openBare(): Promise<Target> {
  const target = await openTarget(
    await servers.get(18),
    `create table parent (id int primary key); insert into parent select generate_series(1, 9);
     create table one (id int primary key, p int references parent, q int references parent);
     create table two (id int primary key, p int constraint two_p_fkey references parent);
     insert into one values (1, 1, 2); insert into two values (1, 1)`,
  );
  await target.send({ schema: await target.readSchema() });
  await target.run(
    `alter table one drop constraint one_p_fkey, drop constraint one_q_fkey;
     alter table two drop constraint two_p_fkey`,
  );
  return target;
}

function build(target: Target): Promise<CommandResult> {
  return target.command({
    kind: "buildForeignKeys",
    source,
    target: name,
    position: target.position as Position,
    ready: tables.map((table) => ({ schema: "public", name: table })),
  });
}

function keys(target: Target): Promise<Record<string, unknown>[]> {
  return target.admin(
    `select c.conname::text as name, c.convalidated as valid,
       c.xmin::text <> all (select t.xmin::text from pg_trigger t where t.tgconstraint = c.oid) as later
     from pg_constraint c where contype = 'f' and connamespace = 'public'::regnamespace order by 1`,
  );
}

const complete = ["one_p_fkey", "one_q_fkey", "two_p_fkey"]
  .map((key) => ({ name: key, valid: true, later: true }));

Deno.test("A foreign key is validated after the transaction that makes it", async () => {
  await using target = await openBare();
  deepStrictEqual(await build(target), { waiting: [], refused: [] });
  deepStrictEqual(await keys(target), complete);
});

Deno.test("A foreign key that a crash left NOT VALID is validated, one of the target's own stays so", async () => {
  await using target = await openBare();
  await target.run(
    `alter table one add constraint one_p_fkey foreign key (p) references parent
       deferrable initially immediate not valid;
     alter table two add constraint own foreign key (p) references parent not valid`,
  );
  deepStrictEqual(await build(target), { waiting: [], refused: [] });
  const valid = (await keys(target)).map((key) => [key.name, key.valid]);
  deepStrictEqual(valid, [["one_p_fkey", true], ["one_q_fkey", true], ["own", false]]);
});

Deno.test("A foreign key that rows violate is taken back and named, the others are there", async () => {
  await using target = await openBare();
  await target.run("update one set q = 77");
  const { refused } = await build(target);
  deepStrictEqual(refused.map(({ object }) => object), ["foreign key public.one.one_q_fkey"]);
  deepStrictEqual(await keys(target), complete.filter((key) => key.name !== "one_q_fkey"));
});

Deno.test("Rows of both tables can be written while a foreign key is validated", async () => {
  await using target = await openBare();
  await using old = await target.openConnection();
  // What is validated ends when nobody holds this lock.
  await target.admin(
    `create function public.pause() returns event_trigger language plpgsql as
       'begin
          while current_query() like ''%validate constraint%''
            and not pg_catalog.pg_try_advisory_xact_lock_shared(42)
          loop perform pg_catalog.pg_sleep(0.05); end loop;
        end';
     create event trigger pause on ddl_command_end execute function public.pause()`,
  );
  await old.run("select pg_catalog.pg_advisory_lock(42)");
  const building = build(target);
  await waitFor(async () => {
    const waiting = `select 1 from pg_stat_activity where datname = current_database()
      and query like 'alter table % validate constraint %' and state = 'active'`;
    return (await target.admin(waiting)).length === 2;
  }, { what: "two validations at once", deadlineMs: 240_000 });
  await target.run(
    `set lock_timeout = '5s'; insert into parent values (10);
     insert into one values (2, 10, 10); insert into two values (2, 10); delete from two where id = 1`,
  );
  await old.run("select pg_catalog.pg_advisory_unlock(42)");
  deepStrictEqual(await building, { waiting: [], refused: [] });
  strictEqual((await keys(target)).filter(({ valid }) => valid === true).length, 3);
});
