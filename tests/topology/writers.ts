/** Applications that write on several nodes at once, each to rows of its own. */
import { connect } from "../postgres/mod.ts";
import type { Node } from "./nodes.ts";

/** Tables that every node writes to, in ranges of their own. */
export const sharedTables = `
  create table item (
    id bigint primary key,
    node text not null,
    code text unique,
    n numeric not null default 0,
    note text
  );
  create table part (
    item_id bigint references item on delete cascade on update cascade,
    number int,
    size numeric,
    primary key (item_id, number)
  );`;

/**
 * The same without the foreign key. Where applications write on a target too, that is made there only when
 * its tables are complete, and without CASCADE: orphans of before could not go back.
 */
export const looseTables = sharedTables.replace(/ references [^,]*/, "");

export const shared = ["item", "part"].map((name) => ({ schema: "public", name }));

/** A table that only one node writes to, and empties from time to time. */
export function journalOf(node: string): string {
  return `create table journal_${node} (id bigint primary key, note text);`;
}

/** Rows in each node's range. */
const range = 300;

export interface Writers {
  stop: () => Promise<number>;
}

export interface WritersOptions {
  seed: number;
  /** Which range of keys; default: the node's own, by its letter. */
  owner?: string;
  /** Default: no journal is written. */
  journal?: string;
  /** Empties the journal now and then; default true. A table that is emptied while it is loaded begins anew. */
  truncates?: boolean;
  /** Leaves the shared tables alone. */
  onlyJournal?: boolean;
}

/** First key of the rows that belong to a node, by its letter. */
export function firstKey(owner: string): number {
  return (owner.charCodeAt(0) - "a".charCodeAt(0) + 1) * 1_000_000;
}

/** Writes on one node until stopped: inserts, updates, key changes, swaps, cascades, roll-backs, TRUNCATE. */
export function writeTo(node: Node, options: WritersOptions): Writers {
  let isStopped = false;
  const owner = options.owner ?? node.name;
  const work = async () => {
    await using session = await connect(node.database.urlAs(node.app));
    const next = numbers(options.seed);
    let written = 0;
    while (!isStopped) {
      const sql = statement(owner, next, options);
      try {
        await session.query(sql);
        written += 1;
      } catch (error) {
        await session.query("rollback");
        if (!isExpected(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    return written;
  };
  const running = work();
  running.catch(() => undefined);
  return {
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}

function statement(
  owner: string,
  next: () => number,
  { journal, onlyJournal = false, truncates = true }: WritersOptions,
): string {
  const first = firstKey(owner);
  const id = first + Math.floor(next() * range);
  const other = first + Math.floor(next() * range);
  const onJournal = journal === undefined ? [] : [
    `insert into journal_${journal} select i, 'j' from generate_series(${id}, ${id + 5}) i
     on conflict (id) do update set note = journal_${journal}.note || 'x'`,
    `insert into journal_${journal} values (${id}, 'k') on conflict do nothing`,
    truncates && next() < 0.2
      ? `truncate journal_${journal}`
      : `delete from journal_${journal} where id = ${id}`,
  ];
  const onShared = [
    `insert into item values (${id}, '${owner}', '${owner}${id}', ${
      Math.floor(next() * 1e6)
    }, 'new')
     on conflict (id) do update set n = item.n + 1, note = 'again'`,
    `insert into item select i, '${owner}', '${owner}' || i, 0, repeat('x', 50)
     from generate_series(${id}, ${id + 9}) i on conflict do nothing`,
    `insert into part select id, i, sqrt(i) from item, generate_series(1, 3) i where id = ${id}
     on conflict (item_id, number) do update set size = part.size + 1`,
    `update item set n = n + 1, note = 'many' where id between ${id} and ${id + 20}`,
    `delete from item where id between ${id} and ${id + 2}`,
    `delete from part where item_id = ${id} and number = 2`,
    // A key change, with the parts that follow it.
    `update item set id = ${other} where id = ${id}
     and not exists (select 1 from item where id = ${other})`,
    // A swap of unique values.
    `begin; update item set code = null where id = ${other};
     update item set code = '${owner}${other}-' || n where id = ${id};
     update item set code = '${owner}${id}-' || n where id = ${other}; commit`,
    `begin; update item set note = 'gone' where id = ${id}; savepoint a;
     delete from item where id between ${first} and ${first + range}; rollback to a; commit`,
    `begin; delete from item where id = ${id}; rollback`,
  ];
  const statements = onlyJournal ? onJournal : [...onShared, ...onJournal];
  return statements[Math.floor(next() * statements.length)] ?? "select 1";
}

/** A small generator with a seed: what is written can be repeated, the servers' timing cannot. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writers collide on codes and deadlock with the applier, as in life. */
function isExpected(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["40P01", "23505", "23503", "40001"].includes(String(code));
}

export const topologySeed = Number(
  Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 1e6),
);
