-- State of an instance: who it is, what it has captured, sent, loaded (as a source) and applied (as a
-- target). Every table but the event slots has a primary key, so that FOR ALL TABLES publications
-- never stand in the way. Runs once, in the migration's transaction. Locks: none but on new objects.

create table teleport.instance (
  is_only boolean primary key default true check (is_only),
  -- Random name of this database's history; also the origin mark of rows that come from here.
  epoch text not null,
  -- Null where the server does not tell (before 9.6, or not permitted).
  system_identifier text,
  database_oid oid not null,
  -- Greatest txid seen by a running instance; a smaller one later means a restored database.
  last_txid bigint not null,
  -- How many times a slot was freed; the ledger compares it.
  truncations bigint not null default 0,
  -- Digest of the functions in this schema and of the server's version; see src/state/migrate.ts.
  functions text not null default ''
);

-- The current slot is last_value % 3. CACHE 1 and setval: one step, one slot (never nextval).
create sequence teleport.slot minvalue 0 start 0 cache 1;

create table teleport.event_0 (
  txid bigint not null default txid_current(),
  kind text not null,
  relation oid not null,
  generation integer not null,
  key text[],
  origin text
);
create table teleport.event_1 (like teleport.event_0 including defaults);
create table teleport.event_2 (like teleport.event_0 including defaults);
create index event_0_txid on teleport.event_0 (txid);
create index event_1_txid on teleport.event_1 (txid);
create index event_2_txid on teleport.event_2 (txid);

-- Few events are not of kind row; finding them must not depend on the backlog.
create index event_0_uncuttable on teleport.event_0 (txid) where kind <> 'row';
create index event_1_uncuttable on teleport.event_1 (txid) where kind <> 'row';
create index event_2_uncuttable on teleport.event_2 (txid) where kind <> 'row';

-- Statistics from the first event on, since looks at the queue come long before autovacuum does: every
-- event of kind row, txids all different, so that those to come lie beyond the histogram. Without any, the
-- planner takes a third of a slot to lie after a position and reads it whole: 3.5 s for 500,000 events
-- and 5,000 transactions in progress. TRUNCATE leaves them.
insert into teleport.event_0 (txid, kind, relation, generation, key)
  select n, 'row', 0, 0, array[n::text] from generate_series(1, 1000) n;
insert into teleport.event_1 select * from teleport.event_0;
insert into teleport.event_2 select * from teleport.event_0;
analyze teleport.event_0;
analyze teleport.event_1;
analyze teleport.event_2;
truncate teleport.event_0, teleport.event_1, teleport.event_2;
-- So they stay. A slot has no dead tuples, and TRUNCATE comes before anything would have to be frozen.
alter table teleport.event_0 set (autovacuum_enabled = false);
alter table teleport.event_1 set (autovacuum_enabled = false);
alter table teleport.event_2 set (autovacuum_enabled = false);

-- What the targets' expressions name, as LIKE patterns, so that event triggers know it too.
create table teleport.wanted (
  target text not null,
  number integer not null,
  is_exclusion boolean not null,
  schema_pattern text not null,
  name_pattern text not null,
  primary key (target, number)
);

-- Every relation that is wanted or was once captured, whether its rows can be captured or not.
create table teleport.capture (
  relation oid primary key,
  -- The relation whose oid and key its row events carry: the partitioned table, or itself.
  root oid not null,
  -- The root that its events carried, where it has left that one's tree: what targets hold of it came so.
  former_root oid,
  -- The topmost ancestor of a partition, or itself: what is installed in one transaction.
  top oid not null,
  schema_name text not null,
  table_name text not null,
  -- Which triggers it has: statement triggers, a row trigger, one for TRUNCATE alone, or none.
  level text not null check (level in ('statement', 'row', 'truncate', 'none')),
  -- Of the root: raised by every change of key or level. 0: never captured.
  generation integer not null,
  key_columns text[] not null,
  -- What a key's text depends on: columns, types, labels, collations. See key_signature.sql.
  key_signature text not null,
  -- The triggers as left by the installer. See trigger_state.sql.
  triggers text not null,
  is_owned boolean not null,
  -- False while the rows that a new partition brought along are not among the events yet.
  is_touched boolean not null,
  -- False: no target's expression names it any more.
  is_wanted boolean not null default true,
  -- Form of the generated function: of the generator and the server's major version.
  template text not null,
  -- Why the relation is not captured.
  reason text,
  -- What is wrong though it is captured, such as a disabled trigger that only the owner can enable.
  finding text,
  installed_at timestamptz not null default now()
);

create index capture_top on teleport.capture (top);

create view teleport.event as
  select 0 as slot, * from teleport.event_0
  union all
  select 1, * from teleport.event_1
  union all
  select 2, * from teleport.event_2;

-- Each captured table's file and columns as last seen. See rewritten.sql.
create table teleport.rewrite_mark (
  relation oid primary key,
  filenode oid not null,
  columns text[] not null
);

-- Positions are txid_snapshot in text form: xmin:xmax:xip,...
create table teleport.target (
  name text primary key,
  -- Confirmed by the target: every event visible in it has been committed there.
  position text not null,
  is_exact boolean not null,
  confirmed_at timestamptz not null default now(),
  -- The target's own epoch: events that bear it as origin came from there.
  peer_epoch text,
  schema_hash text
);

-- One row per relation that a target gets rows of.
create table teleport.table_state (
  target text not null references teleport.target on delete cascade,
  relation oid not null,
  schema_name text not null,
  table_name text not null,
  state text not null check (
    state in ('partial', 'queued', 'loading', 'cancelling', 'rejoining', 'streaming', 'held')
  ),
  -- The table's own position, where it is not the target's: events after it are kept for the table.
  position text,
  -- What a held table returns to.
  is_loaded boolean not null default false,
  -- Whether what the target holds of it came from here.
  is_ours boolean not null default false,
  -- What whoever asked for its load wants done about rows that the target holds; null where nobody asked.
  existing text check (existing in ('merge', 'replace', 'refuse')),
  reason text,
  since timestamptz not null default now(),
  attempts integer not null default 0,
  retry_at timestamptz,
  -- Name of the load that fills the table.
  load text,
  -- How often its load began again since the table's file was another one.
  rewrites integer not null default 0,
  -- Of the last load: when it was asked for, with others in one request; when it first began; when all of its
  -- rows were there, its indexes, and when the table followed.
  requested_at timestamptz,
  begun_at timestamptz,
  copied_at timestamptz,
  built_at timestamptz,
  ended_at timestamptz,
  primary key (target, relation)
);

-- Positions that were sent, flushed before the sending.
create table teleport.ledger (
  id bigserial primary key,
  target text not null,
  position text not null,
  is_exact boolean not null,
  truncations bigint not null,
  recorded_at timestamptz not null default now()
);
create index ledger_target on teleport.ledger (target, id);

create table teleport.chunk (
  load text not null,
  number integer not null,
  target text not null,
  relation oid not null,
  -- The leaf that holds the rows; what it must still be like: see src/load/leaf.ts; and a condition on its row t,
  -- null where it has none.
  leaf oid not null,
  mark text not null,
  condition text,
  bytes bigint not null,
  rows bigint,
  sent_at timestamptz,
  done_at timestamptz,
  -- Of the plan's last chunk, without which it is not complete: a snapshot (txid_snapshot) of before the plan.
  planned_after text,
  primary key (load, number)
);

-- As a target: what has been applied, by source epoch and target name.
create table teleport.applied (
  source text not null,
  target text not null,
  position text not null,
  is_exact boolean not null,
  schema_hash text,
  applied_at timestamptz not null default now(),
  batches bigint not null default 0,
  rows bigint not null default 0,
  -- Epochs of the databases that its rows have been through.
  upstreams text[] not null default '{}',
  -- Loads whose number is smaller began before the source started anew, or before tables were renamed or
  -- attached, and may be of what has another name or is a part of another table by now: none of them may begin here any more.
  first_load bigint not null default 0,
  primary key (source, target)
);

-- The load that may write into a table now; chunks of an earlier one are refused.
create table teleport.applied_load (
  source text not null,
  target text not null,
  schema_name text not null,
  table_name text not null,
  -- The table itself: its name may be another's by now.
  relation oid not null,
  -- Its name, which begins with a number: see src/model/load_name.ts.
  load text not null unique,
  -- What its rows count as having been through: see src/model/origin.ts.
  origin text not null default '',
  -- Whether the table keeps its keys and its rows: see load_mode.sql.
  mode text not null default 'bare' check (mode in ('bare', 'keyed', 'respect', 'shadow')),
  -- The table of this schema that its rows go to until its catch-up, where mode is shadow.
  shadow text,
  -- Whether the table has been brought to them.
  is_merged boolean not null default false,
  begun_at timestamptz not null default now(),
  -- Where its catch-up ended: no chunk may come after it, and no older catch-up.
  position text,
  -- Whether the indexes that the table had to lack for the load are there again.
  is_built boolean not null default false,
  primary key (source, target, schema_name, table_name)
);

create table teleport.applied_chunk (
  load text not null references teleport.applied_load (load) on delete cascade,
  number integer not null,
  stored_at timestamptz not null default now(),
  primary key (load, number)
);

-- Tables that somebody dropped here: made again without rows, until a load of theirs begins.
create table teleport.applied_lost (
  source text not null,
  target text not null,
  schema_name text not null,
  table_name text not null,
  primary key (source, target, schema_name, table_name)
);

-- The source's schema as last applied, one object a row; `error` says why the target refused it.
create table teleport.applied_schema (
  source text not null,
  target text not null,
  object text not null,
  definition text not null,
  error text,
  primary key (source, target, object)
);
