/** The kinds of random schedules: which table, and which operations come between its chunks. */
import * as does from "./operations.ts";
import { firstNewKey, insertExtra, type Operation } from "./operations.ts";
import type { Random } from "../pair/mod.ts";

export interface Kind {
  /** As in "200 random schedules of <name>". */
  name: string;
  /** Partitioned tables with keys of their own are of PostgreSQL 11 and later. */
  isPartitioned: boolean;
  /** Whether a partition comes and goes. */
  hasExtra: boolean;
  /** What is known to be missed, where its schedules run only with TELEPORT_TEST_KNOWN. */
  known?: string;
  /** Half as many schedules, since what they do is in others too. */
  isMixed?: boolean;
  operations: readonly Operation[];
}

const background = [does.hotUpdate, does.growth, does.deletion, does.movingUpdate];
const plain = { isPartitioned: false, hasExtra: false };
const partitioned = { isPartitioned: true, hasExtra: false };

export const kinds: readonly Kind[] = [
  {
    ...plain,
    name: "moving and HOT updates",
    operations: [does.hotUpdate, does.movingUpdate, does.shrinkingUpdate, does.growth],
  },
  {
    ...plain,
    name: "deletes and reinserts",
    operations: [...background, does.reinsertion, does.lateReinsertion, does.vacuum],
  },
  {
    ...plain,
    name: "key changes",
    operations: [...background, does.keyChange, does.keySwap],
  },
  {
    ...plain,
    name: "swaps of unique values",
    operations: [...background, does.uniqueSwap, does.uniqueHandOver],
  },
  {
    ...partitioned,
    name: "moves between partitions",
    operations: [...background, does.partitionMove, does.leafUpdate],
  },
  { ...plain, name: "TRUNCATE", operations: [...background, does.truncation, does.reinsertion] },
  {
    ...plain,
    name: "VACUUM",
    operations: [...background, does.shrinkingUpdate, does.lateReinsertion, heavy(does.vacuum)],
  },
  {
    ...plain,
    name: "VACUUM FULL and CLUSTER",
    operations: [...background, does.shrinkingUpdate, does.rewrite],
  },
  {
    isPartitioned: true,
    hasExtra: true,
    name: "ATTACH and DETACH",
    known:
      "without event triggers, rows that are written between ATTACH or DETACH and the next look at the " +
      "catalogs may be missed",
    operations: [...background, does.partitionMove, does.attachment, does.extraWrite],
  },
  {
    ...plain,
    name: "everything that a plain table takes",
    isMixed: true,
    operations: [
      ...background,
      does.shrinkingUpdate,
      does.reinsertion,
      does.lateReinsertion,
      does.keyChange,
      does.keySwap,
      does.uniqueSwap,
      does.uniqueHandOver,
      light(does.truncation),
      does.vacuum,
      light(does.rewrite),
    ],
  },
  {
    isPartitioned: true,
    hasExtra: false,
    name: "everything that a partitioned table takes",
    isMixed: true,
    operations: [
      ...background,
      does.partitionMove,
      does.leafUpdate,
      does.reinsertion,
      does.keyChange,
      light(does.leafTruncation),
      light(does.truncation),
      does.vacuum,
      light(does.treeRewrite),
    ],
  },
];

/** Creates a table of the kind. */
export function createTable(
  { isPartitioned, hasExtra }: Kind,
  { table, isKept }: { table: string; isKept: boolean },
): string {
  const columns = "(id bigint, u bigint not null, v int not null, part int, pad text not null";
  if (!isPartitioned) {
    return `create table ${table} ${columns}, primary key (id), unique (u)) with (fillfactor = 50);
      create index on ${table} (part);
      ${isKept ? keptKey(table) : ""}`;
  }
  const leaves = [0, 1, 2].map((part) =>
    `create table ${table}_${part} partition of ${table} for values in (${part})
       with (fillfactor = 50);`
  );
  const extra = hasExtra ? `create table ${table}_x ${columns}, primary key (id, part));` : "";
  return `create table ${table} ${columns}, primary key (id, part)) partition by list (part);
    create index on ${table} (u);
    ${leaves.join("\n")}
    ${extra}`;
}

/** The target cannot do without the key of a table that this view needs: its load leaves it in place. */
function keptKey(table: string): string {
  return `create view ${table}_kept as select id, u, v from ${table} group by id;`;
}

/** Fills the table, from nothing. */
export function fillTable(kind: Kind, table: string, random: Random): string {
  const rows = random.int(120, 299);
  return `truncate ${table}${kind.hasExtra ? `, ${table}_x` : ""};
    insert into ${table} select i, i, 0, i % 3, repeat(chr(97 + i % 26), 200 + (i * 37) % 700)
    from generate_series(1, ${rows}) i where i < ${firstNewKey};
    ${kind.hasExtra ? insertExtra(table, { first: 4000, last: 4005, step: 0 }) : ""}`;
}

function heavy(operation: Operation): Operation {
  return { ...operation, weight: operation.weight * 2 };
}

function light(operation: Operation): Operation {
  return { ...operation, weight: operation.weight / 3 };
}
