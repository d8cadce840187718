/** What an application does to a table while it is loaded: each operation a few statements. */
import type { Random } from "../pair/mod.ts";

/** A table, and what one of the application's two sessions may do to it. */
export interface Scene {
  table: string;
  /** A condition on a row's key: each session changes rows of its own, so that neither waits for the other. */
  isMine: (key: string) => string;
  /** Rises with every operation. */
  step: number;
  /** Whether the partition that comes and goes is there. */
  isAttached: boolean;
}

export interface Operation {
  weight: number;
  /** Needs a lock that an open transaction of the other session may be in the way of. */
  isExclusive?: boolean;
  /** Each text is one transaction. May change `scene.isAttached`. */
  write: (scene: Scene, random: Random) => string[];
}

/** Keys that a table is filled with are below. */
export const firstNewKey = 1000;
/** Every key that was not made by adding to another is below. */
const keyOffset = 5000;
const mostOffsets = 17;

/** In place, where a page has room: no indexed column changes. */
export const hotUpdate: Operation = {
  weight: 2,
  write: (scene, random) => [`update ${scene.table} set v = v + 1 where ${some(scene, random)}`],
};

/** Most rows go to another page. */
export const movingUpdate: Operation = {
  weight: 3,
  write: (scene, random) => [
    `update ${scene.table} set pad = repeat('m', ${random.int(600, 1900)}) where ${
      some(scene, random)
    }`,
  ],
};

/** Leaves room for rows from elsewhere. */
export const shrinkingUpdate: Operation = {
  weight: 1,
  write: (scene, random) => [
    `update ${scene.table} set pad = 's', v = v + 1 where ${some(scene, random)}`,
  ],
};

export const growth: Operation = {
  weight: 2,
  write: (scene, random) => {
    const first = firstNewKey + scene.step * 40;
    return [
      insertRows(scene, { first, last: first + random.int(4, 35), size: random.int(1, 900) }),
    ];
  },
};

export const deletion: Operation = {
  weight: 1,
  write: (scene, random) => [`delete from ${scene.table} where ${some(scene, random)}`],
};

export const reinsertion: Operation = {
  weight: 3,
  write: (scene, random) => {
    const { first, last } = range(random);
    return [
      `delete from ${scene.table} where id between ${first} and ${last} and ${scene.isMine("id")};
       ${insertRows(scene, { first, last, size: random.int(1, 900) })}`,
    ];
  },
};

/** Rows that were deleted some time ago come again, where there is room. */
export const lateReinsertion: Operation = {
  weight: 2,
  write: (scene, random) => [insertRows(scene, { ...range(random), size: random.int(1, 900) })],
};

/** Every sum of different powers of two is another one: no two keys meet. */
export const keyChange: Operation = {
  weight: 3,
  write: (scene, random) => {
    const offset = keyOffset * 2 ** (scene.step % mostOffsets);
    return [`update ${scene.table} set id = id + ${offset} where ${some(scene, random)}
      and (id / ${offset}) % 2 = 0`];
  },
};

/** Rows exchange their keys, in one transaction. */
export const keySwap: Operation = {
  weight: 2,
  write: (scene, random) => [rotate(scene, random, "id")],
};

/** Rows exchange the values of a unique column, in one transaction. */
export const uniqueSwap: Operation = {
  weight: 3,
  write: (scene, random) => [rotate(scene, random, "u")],
};

/** A unique value goes from a row that is deleted to one that comes. */
export const uniqueHandOver: Operation = {
  weight: 2,
  write: (scene, random) => {
    const condition = some(scene, random);
    return [
      `create temporary table handed on commit drop as
         select u, row_number() over (order by u) n from ${scene.table} where ${condition};
       delete from ${scene.table} where ${condition};
       insert into ${scene.table}
       select f.i, h.u, 0, f.i % 3, repeat('h', 300)
       from handed h
       join (select i, row_number() over (order by i) n from generate_series(
         ${firstNewKey + scene.step * 40}, ${firstNewKey + scene.step * 40 + 39}) i
         where ${scene.isMine("i")}) f using (n)`,
    ];
  },
};

export const partitionMove: Operation = {
  weight: 4,
  write: (scene, random) => [
    `update ${scene.table} set part = (part + ${random.int(1, 2)}) % 3
     where part < 3 and ${some(scene, random)}`,
  ],
};

/** A partition is written to by its own name. */
export const leafUpdate: Operation = {
  weight: 1,
  write: (scene, random) => [
    `update ${scene.table}_${random.int(0, 2)} set pad = repeat('l', ${random.int(1, 1900)})
     where ${some(scene, random)}`,
  ],
};

export const truncation: Operation = {
  weight: 2,
  isExclusive: true,
  write: (scene, random) => {
    const first = firstNewKey + scene.step * 40;
    const rows = insertRows(scene, { first, last: first + 39, size: 500 });
    const truncate = `truncate ${scene.table}`;
    return random.pick([
      [truncate],
      [truncate, rows],
      [`${truncate}; ${rows}`],
      [`begin; ${truncate}; ${rows}; rollback`],
    ]);
  },
};

export const leafTruncation: Operation = {
  weight: 2,
  isExclusive: true,
  write: (scene, random) => [`truncate ${scene.table}_${random.int(0, 2)}`],
};

/** What it frees is taken by rows that come or move. */
export const vacuum: Operation = {
  weight: 3,
  isExclusive: true,
  write: (scene) => [`vacuum ${scene.table}`],
};

export const rewrite: Operation = {
  weight: 2,
  isExclusive: true,
  write: (scene, random) =>
    random.pick([
      [`vacuum full ${scene.table}`],
      [`cluster ${scene.table} using ${scene.table}_pkey`],
    ]),
};

/** Before 15 CLUSTER takes no partitioned table. */
export const treeRewrite: Operation = {
  weight: 1,
  isExclusive: true,
  write: (scene, random) => [
    `vacuum full ${scene.table}${random.pick(["", "_0", "_1", "_2"])}`,
  ],
};

export const attachment: Operation = {
  weight: 3,
  isExclusive: true,
  write: (scene) => {
    scene.isAttached = !scene.isAttached;
    return [
      scene.isAttached
        ? `alter table ${scene.table} attach partition ${scene.table}_x for values in (9)`
        : `alter table ${scene.table} detach partition ${scene.table}_x`,
    ];
  },
};

/** The partition that comes and goes is written to by its own name, attached or not. */
export const extraWrite: Operation = {
  weight: 2,
  isExclusive: true,
  write: ({ table, step }, random) =>
    random.pick([
      [`update ${table}_x set pad = repeat('y', ${random.int(1, 1900)}) where id % 3 = ${
        step % 3
      }`],
      [`delete from ${table}_x where id % 7 = ${step % 7}`],
      [insertExtra(table, { first: 4000 + step * 10, last: 4005 + step * 10, step })],
    ]),
};

/** Rows of the partition that comes and goes. */
export function insertExtra(
  table: string,
  { first, last, step }: { first: number; last: number; step: number },
): string {
  return `insert into ${table}_x select i, ${step * 10000} + i, 0, 9, repeat('x', 700)
    from generate_series(${first}, ${last}) i`;
}

/** Those that are there already stay as they are. */
export function insertRows(
  { table, isMine, step }: Scene,
  { first, last, size }: { first: number; last: number; size: number },
): string {
  return `insert into ${table} select i, ${step * 10000} + i, 0, i % 3, repeat('g', ${size})
    from generate_series(${first}, ${last}) i
    where ${isMine("i")} and not exists (select 1 from ${table} t where t.id = i)`;
}

/** Each row takes the value of the next; in between the values are negative. */
function rotate(scene: Scene, random: Random, column: "id" | "u"): string {
  const { table } = scene;
  return `update ${table} set ${column} = -${column} where ${some(scene, random)};
    update ${table} t set ${column} = m.other
    from (
      select ${column} as own, -coalesce(lead(${column}) over w, first_value(${column}) over w) as other
      from ${table} where ${column} < 0 window w as (order by ${column})) m
    where t.${column} = m.own`;
}

function some(scene: Scene, random: Random): string {
  const { first, last } = range(random);
  const condition = random.pick([
    `id between ${first} and ${last}`,
    `id % ${random.pick([7, 11, 23])} = ${random.int(0, 6)}`,
    `v % 3 = ${random.int(0, 2)} and id % 4 = ${random.int(0, 3)}`,
  ]);
  return `${condition} and ${scene.isMine("id")}`;
}

function range(random: Random): { first: number; last: number } {
  const first = random.int(1, 280);
  return { first, last: first + random.int(0, 40) };
}
