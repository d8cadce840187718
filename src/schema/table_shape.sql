-- The shape of one table as the applier needs it. Parameters: $1 schema, $2 name.
-- Returns: one JSON object, or no row where there is no such table. Takes no locks.
with recursive relation as (
  select c.oid, c.relkind
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'f')
),
member (oid) as (
  -- The table and its partitions: a row lies in one of them, and so do foreign keys and triggers.
  select r.oid
  from relation r
  union all
  select i.inhrelid
  from member m
  join relation r on r.relkind = 'p'
  join pg_catalog.pg_inherits i on i.inhparent = m.oid
),
base (number, type, modifier) as (
  select a.attnum, a.atttypid, a.atttypmod
  from pg_catalog.pg_attribute a
  join relation r on r.oid = a.attrelid
  where a.attnum > 0 and not a.attisdropped
  union all
  select b.number, t.typbasetype, t.typtypmod
  from base b
  join pg_catalog.pg_type t on t.oid = b.type
  where t.typtype = 'd'
),
equality as (
  -- Strategy 3 of a B-tree is equality. Types without a class of their own share one of pg_catalog.
  select b.number, n.nspname as schema, o.oprname as name
  from base b
  join pg_catalog.pg_opclass k on k.opcintype = b.type and k.opcdefault
  join pg_catalog.pg_am m on m.oid = k.opcmethod and m.amname = 'btree'
  join pg_catalog.pg_amop p
    on p.amopfamily = k.opcfamily
    and p.amopstrategy = 3
    and p.amoplefttype = b.type
    and p.amoprighttype = b.type
  join pg_catalog.pg_operator o on o.oid = p.amopopr
  join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
)
select pg_catalog.row_to_json(shape) as shape
from (
  select
    r.oid::text as oid,
    r.relkind = 'p' as "isPartitioned",
    exists (
      select 1
      from pg_catalog.pg_rewrite w
      where w.ev_class = r.oid
    ) as "hasRules",
    exists (
      select 1
      from pg_catalog.pg_trigger g
      join member m on m.oid = g.tgrelid
      join pg_catalog.pg_proc p on p.oid = g.tgfoid
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where not g.tgisinternal
        and g.tgenabled in ('O', 'A')
        and g.tgtype & 28 <> 0 -- insert, delete, update
        and n.nspname <> 'teleport'
    ) as "hasTriggers",
    (
      -- The same as in src/apply/enter_table.sql.
      select r.oid || ':' || pg_catalog.count(*) || ':'
        || coalesce(pg_catalog.sum(pg_catalog.hashtext(part.version)), 0)
      from (
        select a.ctid::text || a.xmin::text as version from pg_catalog.pg_attribute a where a.attrelid = r.oid
        union all
        select g.ctid::text || g.xmin::text from pg_catalog.pg_trigger g join member m on m.oid = g.tgrelid
        union all
        select w.ctid::text || w.xmin::text from pg_catalog.pg_rewrite w join member m on m.oid = w.ev_class
      ) part
    ) as mark,
    pg_catalog.array_to_json(array(select m.oid::text from member m)) as members,
    pg_catalog.array_to_json(array(
      select pg_catalog.row_to_json(c)
      from (
        select
          a.attname as name,
          pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
          a.attnotnull as "isNotNull",
          a.attgenerated <> '' as "isGenerated", -- since 12, before: false as "isGenerated",
          a.attgenerated = 's' as "isStoredGenerated", -- since 12, before: false as "isStoredGenerated",
          a.attidentity = 'a' as "isIdentityAlways", -- since 10, before: false as "isIdentityAlways",
          -- A domain over an enum has no operators of its own.
          case
            when t.typtype = 'd' then (
              select pg_catalog.format_type(b.type, b.modifier)
              from base b
              join pg_catalog.pg_type u on u.oid = b.type
              where b.number = a.attnum and u.typtype <> 'd'
            )
          end as "underDomain",
          -- Every range says that it has a hash; one of the database's own may be over a type that has none.
          exists (
            select 1
            from base b
            join pg_catalog.pg_type u on u.oid = b.type
            where b.number = a.attnum and u.typtype in ('r', 'm') and u.oid >= 16384
          ) as "isOwnRange",
          coalesce(e.schema, 'pg_catalog') as "equalitySchema",
          coalesce(e.name, '=') as "equalityName"
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join equality e on e.number = a.attnum
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
      ) c
    )) as columns,
    pg_catalog.array_to_json(array(
      select pg_catalog.row_to_json(u)
      from (
        select
          c.relname as name,
          i.indisprimary as "isPrimary",
          i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indimmediate
            and i.indpred is null and i.indexprs is null as "isArbiter",
          pg_catalog.array_to_json(array(
            select a.attname
            from pg_catalog.pg_attribute a
            where a.attrelid = i.indrelid
              and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) -- since 11, before: and a.attnum = any (i.indkey::int2[])
          )) as columns
        from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid
        -- Of partitions what they have of their own: the table's are theirs too.
        where (i.indisunique or i.indisexclusion)
          and i.indrelid in (select m.oid from member m)
          and (
            i.indrelid = r.oid
            or not exists (select 1 from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
          )
        order by c.relname
      ) u
    )) as "uniqueIndexes",
    pg_catalog.array_to_json(array(
      select pg_catalog.row_to_json(f)
      from (
        select
          k.conname as name,
          n.nspname as schema,
          t.relname as "table",
          k.confdeltype = 'a' and k.condeferrable as "toleratesReplace"
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_class t on t.oid = k.conrelid
        join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        where k.contype = 'f' and k.confrelid in (select m.oid from member m)
        order by k.conname
      ) f
    )) as "inboundForeignKeys"
  from relation r
) shape
