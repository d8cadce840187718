-- The relations of a batch as its own snapshot has them: names and the members of the partition tree, to
-- compare with what was locked; marks that change with whatever the key depends on.
-- Parameters: $1 oids of roots.
-- Returns: root, schema, name; members (ascending, the root among them); columnMarks (the table's name
-- too: names stay when one column or table takes another's place; and where partitions lie, which decides
-- in which of them the target stores a row); typeMarks (labels and attributes of the users' types in its
-- columns, which say what a value's text means, and stay when they swap names; empty without such types);
-- marks (columns, defaults, indexes, and what capture knows);
-- is_plain: the key's types, collations and operators are built in, so nothing else changes their meaning.
-- Locks: none.
with recursive tree (root, member, parent) as (
  select c.oid, c.oid, null::oid
  from pg_catalog.pg_class c
  where c.oid = any ($1::oid[])
  union all
  select t.root, i.inhrelid, i.inhparent
  from tree t
  join pg_catalog.pg_class p on p.oid = t.member and p.relkind = 'p'
  join pg_catalog.pg_inherits i on i.inhparent = t.member
),
whole as (
  select t.root, pg_catalog.array_agg(t.member::bigint order by t.member) as members,
    pg_catalog.md5(pg_catalog.string_agg(
      pg_catalog.concat_ws(' ', t.member, t.parent, r.relpartbound), -- since 10, before: pg_catalog.concat_ws(' ', t.member, t.parent),
      ',' order by t.member
    )) as places
  from tree t
  join pg_catalog.pg_class r on r.oid = t.member
  group by t.root
),
column_list as (
  select a.attrelid as root,
    pg_catalog.string_agg(
      a.attnum || ':' || a.atttypid || ':' || a.atttypmod || ':' || a.attcollation || ':' || a.attname,
      ',' order by a.attnum
    ) as column_marks,
    pg_catalog.string_agg(a.attnotnull::text, ',' order by a.attnum) as null_marks
  from pg_catalog.pg_attribute a
  where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
  group by a.attrelid
),
user_types (root, type) as (
  select a.attrelid, a.atttypid
  from pg_catalog.pg_attribute a
  where a.attrelid = any ($1::oid[])
    and a.attnum > 0
    and not a.attisdropped
    and a.atttypid >= 16384
  union
  -- What an array, a domain, a range or a composite type is made of.
  select p.root, p.part
  from (
    select
      u.root,
      pg_catalog.unnest(
        array[t.typelem, t.typbasetype]
        || array(
          select r.rngsubtype
          from pg_catalog.pg_range r
          where r.rngtypid = t.oid
            or r.rngmultitypid = t.oid -- since 14, before:
        )
        || array(
          select a.atttypid
          from pg_catalog.pg_attribute a
          where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        )
      ) as part
    from user_types u
    join pg_catalog.pg_type t on t.oid = u.type
  ) p
  where p.part >= 16384
),
type_list as (
  select u.root,
    pg_catalog.string_agg(
      pg_catalog.concat_ws(
        ' ', u.type,
        (
          select pg_catalog.string_agg(e.oid || ':' || e.enumlabel, ',' order by e.enumsortorder)
          from pg_catalog.pg_enum e
          where e.enumtypid = u.type
        ),
        (
          select pg_catalog.string_agg(a.attnum || ':' || a.atttypid, ',' order by a.attnum)
          from pg_catalog.pg_attribute a
          where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        )
      ),
      ' | ' order by u.type
    ) as type_marks
  from user_types u
  join pg_catalog.pg_type t on t.oid = u.type
  group by u.root
)
select
  w.root,
  n.nspname::text as schema,
  c.relname::text as name,
  w.members,
  pg_catalog.concat_ws(
    ' ', n.nspname || '.' || c.relname, a.column_marks,
    case when pg_catalog.array_length(w.members, 1) > 1 then w.places end, y.type_marks
  ) as "columnMarks",
  coalesce(y.type_marks, '') as "typeMarks",
  pg_catalog.concat_ws(
    ' | ', k.generation, k.level, k.key_columns, k.key_signature, a.column_marks, a.null_marks,
    (
      select pg_catalog.string_agg(d.oid::text, ',' order by d.adnum)
      from pg_catalog.pg_attrdef d
      where d.adrelid = w.root
    ),
    (
      select pg_catalog.string_agg(
        pg_catalog.concat_ws(
          ' ', i.indexrelid, i.indisunique, i.indisprimary, i.indimmediate, i.indisvalid, i.indisready,
          i.indkey, i.indclass, i.indcollation, i.indpred is null, i.indexprs is null, r.relname
        ),
        ',' order by i.indexrelid
      )
      from pg_catalog.pg_index i
      join pg_catalog.pg_class r on r.oid = i.indexrelid
      where i.indrelid = w.root
    )
  ) as marks,
  k.relation is not null
    and not exists (
      select 1
      from pg_catalog.pg_attribute b
      where b.attrelid = w.root
        and b.attname = any (k.key_columns)
        and (b.atttypid >= 16384 or b.attcollation >= 16384)
    )
    and not exists (
      select 1
      from pg_catalog.pg_index i
      where i.indrelid = w.root
        and i.indisunique
        and (
          16384 <= any (i.indclass::oid[])
          or 16384 <= any (i.indcollation::oid[])
        )
    ) as "isPlain"
from whole w
join pg_catalog.pg_class c on c.oid = w.root
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join teleport.capture k on k.relation = w.root
join column_list a on a.root = w.root
left join type_list y on y.root = w.root
