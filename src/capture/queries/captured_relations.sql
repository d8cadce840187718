-- The units of replication, one row each: what is wanted and is not a partition that travels through
-- its root. Names, members and the key's form are as the transaction's snapshot has them.
-- Parameters: $1 oid[], the relations to look at, null for all. Returns: see captured_relation.ts.
-- Takes no locks.
with recursive known as (
  select c.relation, c.former_root, c.top, c.level, c.generation, c.key_columns, c.key_signature,
    coalesce(c.reason, c.finding) as reason, n.nspname::text as schema_name,
    r.relname::text as table_name, r.relkind as kind
  from teleport.capture c
  join pg_catalog.pg_class r on r.oid = c.relation
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  where c.root = c.relation
    and c.is_wanted
    and ($1::oid[] is null or c.relation = any ($1::oid[]))
),
tree (unit, relation, kind) as (
  select k.relation, k.relation, case when k.level = 'none' then 'r' else k.kind end
  from known k
  union all
  select t.unit, r.oid, r.relkind
  from tree t
  join pg_catalog.pg_inherits i on i.inhparent = t.relation
  join pg_catalog.pg_class r on r.oid = i.inhrelid
  where t.kind = 'p'
),
member as (
  select t.unit, pg_catalog.array_agg(t.relation::text order by t.relation) as members
  from tree t
  group by t.unit
),
plan as (
  select p.relation, p.key_columns, p.key_signature, i.indclass as classes,
    i.indcollation as collations
  from teleport.plan_capture(
    case when $1::oid[] is not null then array(select distinct k.top from known k) end
  ) p
  join pg_catalog.pg_index i on i.indexrelid = p.key_index
),
domain (relation, attnum, type, modifier) as (
  select a.attrelid, a.attnum, a.atttypid, a.atttypmod
  from plan p
  join pg_catalog.pg_attribute a on a.attrelid = p.relation and a.attname = any (p.key_columns)
  union all
  select d.relation, d.attnum, t.typbasetype, t.typtypmod
  from domain d
  join pg_catalog.pg_type t on t.oid = d.type
  where t.typtype = 'd'
),
base as (
  select d.relation, d.attnum, d.type, d.modifier
  from domain d
  join pg_catalog.pg_type t on t.oid = d.type
  where t.typtype <> 'd'
)
select
  k.relation::bigint as relation,
  k.former_root::bigint as former_root,
  k.schema_name as schema,
  k.table_name as name,
  k.kind::text as kind,
  k.level,
  -- Every name of the tree that it belongs to: one that is wanted makes the whole tree wanted.
  array(
    select n.nspname::text
    from teleport.capture c
    join pg_catalog.pg_class r on r.oid = c.relation
    join pg_catalog.pg_namespace n on n.oid = r.relnamespace
    where c.top = k.top
    order by r.oid
  ) as tree_schemas,
  array(
    select r.relname::text
    from teleport.capture c
    join pg_catalog.pg_class r on r.oid = c.relation
    where c.top = k.top
    order by r.oid
  ) as tree_names,
  k.generation,
  k.key_signature as signature,
  k.reason,
  m.members,
  coalesce(k.level <> 'none' and p.key_signature = k.key_signature and p.key_columns = k.key_columns, false)
    as is_signature_current,
  exists (
    select 1 from pg_catalog.pg_inherits i where i.inhparent = k.relation and k.kind = 'r'
  ) as has_children,
  coalesce(p.key_columns, k.key_columns) as key_names,
  -- What lies under a domain: a domain over an enum has no operators of its own.
  array(
    select pg_catalog.format_type(b.type, b.modifier)
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attname = p.key_columns[position.n]
    join base b on b.relation = k.relation and b.attnum = a.attnum
    order by position.n
  ) as key_types,
  array(
    select t.typtype = 'd'
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attname = p.key_columns[position.n]
    join pg_catalog.pg_type t on t.oid = a.atttypid
    order by position.n
  ) as key_are_domains,
  -- A cast from text by a function need not read what the type's own output wrote: regclass and '-'.
  array(
    select exists (
      select 1
      from pg_catalog.pg_cast c
      where c.castsource = 'pg_catalog.text'::pg_catalog.regtype
        and c.casttarget = b.type
        and c.castmethod = 'f'
    )
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attname = p.key_columns[position.n]
    join base b on b.relation = k.relation and b.attnum = a.attnum
    order by position.n
  ) as key_have_casts,
  -- Every range says that it has a hash; one of the database's own may be over a type that has none.
  array(
    select t.typtype in ('r', 'm') and t.oid >= 16384
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attname = p.key_columns[position.n]
    join base b on b.relation = k.relation and b.attnum = a.attnum
    join pg_catalog.pg_type t on t.oid = b.type
    order by position.n
  ) as key_need_sorts,
  -- The index's collation decides which texts are one key; 100 is pg_catalog."default".
  array(
    select case
      when p.collations[position.n - 1] = 100 and a.attcollation = 100 then null
      else n.nspname::text
    end
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_attribute a on a.attrelid = k.relation and a.attname = p.key_columns[position.n]
    left join pg_catalog.pg_collation c on c.oid = p.collations[position.n - 1]
    left join pg_catalog.pg_namespace n on n.oid = c.collnamespace
    order by position.n
  ) as collation_schemas,
  array(
    select c.collname::text
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    left join pg_catalog.pg_collation c on c.oid = p.collations[position.n - 1]
    order by position.n
  ) as collation_names,
  -- What the unique index calls equal: strategy 3 of its btree operator family.
  array(
    select pg_catalog.format('operator(%I.%s)', n.nspname, o.oprname)
    from pg_catalog.generate_subscripts(p.key_columns, 1) as position (n)
    join pg_catalog.pg_opclass c on c.oid = p.classes[position.n - 1]
    join pg_catalog.pg_amop s
      on s.amopfamily = c.opcfamily
      and s.amoplefttype = c.opcintype
      and s.amoprighttype = c.opcintype
      and s.amopstrategy = 3
      and s.amoppurpose = 's'
    join pg_catalog.pg_operator o on o.oid = s.amopopr
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    order by position.n
  ) as equalities
from known k
join member m on m.unit = k.relation
left join plan p on p.relation = k.relation
order by k.schema_name, k.table_name;
