-- What depends on what, in the ids of snapshot objects. Parameters: none. Takes no locks.
-- Returns: pairs of ids. Row and array types stand for their owner, an index for its constraint, a
-- domain's check for the domain, a generated column's expression for the column, a view's query for the
-- view, an operator class's members for the class, a member for its extension. Kinds that are not
-- replicated come out as `class:oid`, which no snapshot holds.
with class as (
  select
    'pg_catalog.pg_class'::pg_catalog.regclass::oid as relation,
    'pg_catalog.pg_type'::pg_catalog.regclass::oid as type,
    'pg_catalog.pg_proc'::pg_catalog.regclass::oid as function,
    'pg_catalog.pg_constraint'::pg_catalog.regclass::oid as "constraint",
    'pg_catalog.pg_attrdef'::pg_catalog.regclass::oid as attrdef,
    'pg_catalog.pg_namespace'::pg_catalog.regclass::oid as schema,
    'pg_catalog.pg_extension'::pg_catalog.regclass::oid as extension
),
node as (
  select
    class.relation as class,
    c.oid,
    class.relation as owner_class,
    c.oid as owner,
    case
      when c.relkind in ('r', 'p') then 'table:' || c.oid
      when c.relkind = 'S' then 'sequence:' || c.oid
      when c.relkind in ('v', 'm') then 'view:' || c.oid
      when c.relkind = 'c' then 'type:' || c.reltype
      when c.relkind in ('i', 'I') then coalesce('constraint:' || k.oid, 'index:' || c.oid)
      else 'relation:' || c.oid
    end as id
  from pg_catalog.pg_class c
  cross join class
  left join pg_catalog.pg_constraint k
    on k.conindid = c.oid and c.relkind in ('i', 'I') and k.contype in ('p', 'u', 'x')
  union all
  select
    class.type,
    t.oid,
    case when c.relkind <> 'c' then class.relation else class.type end,
    case when c.relkind <> 'c' then c.oid else o.oid end,
    case
      when c.relkind in ('r', 'p') then 'table:' || c.oid
      when c.relkind in ('v', 'm') then 'view:' || c.oid
      when c.relkind <> 'c' then 'relation:' || c.oid
      else 'type:' || o.oid
    end
  from pg_catalog.pg_type t
  cross join class
  left join pg_catalog.pg_type element on element.typarray = t.oid
  left join pg_catalog.pg_range multi on multi.rngmultitypid = coalesce(element.oid, t.oid) -- since 14, before: left join pg_catalog.pg_range multi on false
  join pg_catalog.pg_type o on o.oid = coalesce(multi.rngtypid, element.oid, t.oid)
  left join pg_catalog.pg_class c on c.oid = o.typrelid
  union all
  select class.function, p.oid, class.function, p.oid, 'function:' || p.oid
  from pg_catalog.pg_proc p
  cross join class
  union all
  select
    class."constraint",
    k.oid,
    case when k.contypid <> 0 then class.type else class."constraint" end,
    case when k.contypid <> 0 then k.contypid else k.oid end,
    case when k.contypid <> 0 then 'type:' || k.contypid else 'constraint:' || k.oid end
  from pg_catalog.pg_constraint k
  cross join class
  union all
  select
    class.attrdef,
    d.oid,
    class.attrdef,
    d.oid,
    case
      when c.relkind = 'v' then 'view:' || d.adrelid
      when a.attgenerated <> '' then 'column:' || d.adrelid || '.' || d.adnum -- since 12, before:
      else 'default:' || d.adrelid || '.' || d.adnum
    end
  from pg_catalog.pg_attrdef d
  cross join class
  join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  join pg_catalog.pg_class c on c.oid = d.adrelid
  union all
  select
    'pg_catalog.pg_rewrite'::pg_catalog.regclass::oid,
    r.oid,
    class.relation,
    r.ev_class,
    case when r.rulename = '_RETURN' then 'view:' || r.ev_class else 'rule:' || r.oid end
  from pg_catalog.pg_rewrite r
  cross join class
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'operator:' || o.oid
  from pg_catalog.pg_operator o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'operator class:' || o.oid
  from pg_catalog.pg_opclass o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'operator family:' || o.oid
  from pg_catalog.pg_opfamily o
  union all
  select m.class, m.oid, coalesce(d.refclassid, m.class), coalesce(d.refobjid, m.oid),
    coalesce('operator class:' || d.refobjid, 'operator family:' || m.family)
  from (
    select o.tableoid as class, o.oid, o.amopfamily as family
    from pg_catalog.pg_amop o
    union all
    select f.tableoid, f.oid, f.amprocfamily
    from pg_catalog.pg_amproc f
  ) m
  left join pg_catalog.pg_depend d
    on d.classid = m.class
    and d.objid = m.oid
    and d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  where m.oid >= 16384
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'collation:' || o.oid
  from pg_catalog.pg_collation o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'cast:' || o.oid
  from pg_catalog.pg_cast o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'text search configuration:' || o.oid
  from pg_catalog.pg_ts_config o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'text search dictionary:' || o.oid
  from pg_catalog.pg_ts_dict o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'text search parser:' || o.oid
  from pg_catalog.pg_ts_parser o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'text search template:' || o.oid
  from pg_catalog.pg_ts_template o
  union all
  select o.tableoid, o.oid, o.tableoid, o.oid, 'language:' || o.oid
  from pg_catalog.pg_language o
  union all
  select s.tableoid, s.oid, s.tableoid, s.oid, 'statistics:' || s.oid from pg_catalog.pg_statistic_ext s -- since 10, before: select null::oid, null::oid, null::oid, null::oid, null::text where false
),
fact as (
  select
    case
      when d.objsubid > 0 and dependant.id like 'table:%' then 'column:' || d.objid || '.' || d.objsubid
      else dependant.id
    end as id,
    case
      when d.refclassid = class.extension then 'extension:' || d.refobjid
      when member.refobjid is not null then 'extension:' || member.refobjid
      when needed.id is null then known.relname || ':' || d.refobjid
      -- The columns of a partition key are made with their table.
      when d.refobjsubid > 0 and needed.id like 'table:%'
        and (d.objsubid > 0 or dependant.id <> needed.id)
      then 'column:' || d.refobjid || '.' || d.refobjsubid
      else needed.id
    end as needs
  from pg_catalog.pg_depend d
  cross join class
  join node dependant on dependant.class = d.classid and dependant.oid = d.objid
  join pg_catalog.pg_class known on known.oid = d.refclassid
  left join node needed on needed.class = d.refclassid and needed.oid = d.refobjid
  left join pg_catalog.pg_depend member
    on member.classid = coalesce(needed.owner_class, d.refclassid)
    and member.objid = coalesce(needed.owner, d.refobjid)
    and member.deptype = 'e'
  where d.objid >= 16384
    and d.refobjid >= 16384
    and d.refclassid <> class.schema
    and d.deptype in ('n', 'a', 'i')
)
select distinct id, needs
from fact
where id <> needs
