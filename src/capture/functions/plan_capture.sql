-- What the catalogs say should be captured, and how: one row for each wanted table and for each
-- partition, at every depth, of a wanted partitioned table. A tree is wanted as a whole as soon as one
-- of its members is named: rows of partitions travel through their root.
-- Parameters: the topmost relations to look at, null for all.
-- Returns: level none has a reason; lacks names the privileges that the role is without.
-- Takes no locks.
create or replace function teleport.plan_capture(tops oid[])
returns table (
  top oid,
  relation oid,
  depth integer,
  kind text,
  root oid,
  schema_name text,
  table_name text,
  level text,
  key_columns text[],
  key_signature text,
  key_index oid,
  is_owned boolean,
  lacks text,
  reason text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
declare
  version integer := pg_catalog.current_setting('server_version_num')::integer;
  subscribed oid[] := '{}';
  -- Transition tables came with 10, but until 12 a table whose triggers use them cannot become a
  -- partition or a child: capture would stand in the way of the application's own ATTACH.
  first_with_statement_level constant integer := 130000;
begin
  if version >= 100000 then
    execute 'select coalesce(pg_catalog.array_agg(r.srrelid), ''{}'') from pg_catalog.pg_subscription_rel r'
    into subscribed;
  end if;
  return query
  with recursive member (top, top_kind, relation, depth, kind) as (
    select c.oid, c.relkind, c.oid, 0, c.relkind
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and c.relpersistence <> 't'
      and (tops is null or c.oid = any (tops))
      and n.nspname not in ('information_schema', 'teleport')
      and n.nspname !~ '^pg_'
      and not exists (
        select 1
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class p on p.oid = i.inhparent
        where i.inhrelid = c.oid and p.relkind = 'p'
      )
    union all
    select m.top, m.top_kind, c.oid, m.depth + 1, c.relkind
    from member m
    join pg_catalog.pg_inherits i on i.inhparent = m.relation
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where m.kind = 'p'
  ),
  named as (
    select m.*, n.nspname::text as schema_name, c.relname::text as table_name, c.relowner as owner,
      exists (
        select 1
        from teleport.wanted w
        where not w.is_exclusion
          and n.nspname::text like w.schema_pattern
          and c.relname::text like w.name_pattern
          and not exists (
            select 1
            from teleport.wanted x
            where x.target = w.target
              and x.is_exclusion
              and n.nspname::text like x.schema_pattern
              and c.relname::text like x.name_pattern
          )
      ) as is_named
    from member m
    join pg_catalog.pg_class c on c.oid = m.relation
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  ),
  wanted_top as (
    select m.top as relation,
      pg_catalog.bool_or(m.relation = any (subscribed)) as has_subscribed
    from named m
    group by m.top
    having pg_catalog.bool_or(m.is_named)
  ),
  -- The primary key, deferrable or not, else the narrowest fitting unique index; by name, since an
  -- index that is rebuilt concurrently gets another oid. indclass has the key columns only, no
  -- INCLUDE columns, on every version.
  unique_index as (
    select distinct on (i.indrelid) i.indrelid as relation, i.indexrelid as index, i.indclass as classes,
      i.indkey as attnums
    from named m
    join wanted_top w on w.relation = m.top
    join pg_catalog.pg_index i on i.indrelid = m.relation
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_am a on a.oid = c.relam
    where i.indisunique
      and i.indisvalid
      and i.indisready
      and (i.indisprimary or i.indimmediate)
      and i.indpred is null
      and i.indexprs is null
      and a.amname = 'btree'
      and not exists (
        select 1
        from pg_catalog.generate_subscripts(i.indclass, 1) as position (n)
        left join pg_catalog.pg_attribute k
          on k.attrelid = i.indrelid and k.attnum = i.indkey[position.n] and k.attnum > 0
        where k.attnotnull is distinct from true
          -- A NOT NULL that was added NOT VALID (18) does not bind the older rows.
          or exists (
            select 1
            from pg_catalog.pg_constraint t
            where t.conrelid = i.indrelid
              and t.contype = 'n'
              and not t.convalidated
              and t.conkey = array[k.attnum]
          )
      )
    order by i.indrelid, i.indisprimary desc, pg_catalog.array_upper(i.indclass, 1), c.relname
  ),
  keyed as (
    select u.relation, u.index,
      array(
        select k.attname::text
        from pg_catalog.generate_subscripts(u.classes, 1) as position (n)
        join pg_catalog.pg_attribute k
          on k.attrelid = u.relation and k.attnum = u.attnums[position.n]
        order by position.n
      ) as key_columns
    from unique_index u
  ),
  placed as (
    select m.top, m.relation, m.depth, m.kind, m.schema_name, m.table_name, m.owner,
      m.is_named, own.index as own_index, w.has_subscribed,
      m.top_kind = 'p' as is_in_tree,
      m.top_kind = 'p' and version >= 110000 and whole.index is not null as is_through_top,
      case
        when m.top_kind = 'p' and version >= 110000 and whole.index is not null
          then whole.key_columns
        else coalesce(own.key_columns, '{}')
      end as key_columns,
      exists (
        select 1 from pg_catalog.pg_inherits i where m.relation in (i.inhparent, i.inhrelid)
      ) as has_relatives,
      exists (
        select 1
        from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass
          and d.objid = m.relation
          and d.objsubid = 0
          and d.deptype = 'e'
      ) as is_of_extension
    from named m
    join wanted_top w on w.relation = m.top
    left join keyed own on own.relation = m.relation
    left join keyed whole on whole.relation = m.top
  ),
  leveled as (
    select p.*,
      case when p.is_through_top then p.top else p.relation end as root,
      case
        when p.is_of_extension or p.kind = 'f' then 'none'
        when p.is_through_top and (p.has_subscribed or version < first_with_statement_level)
          then case when p.kind = 'p' then 'truncate' else 'row' end
        when p.is_through_top then 'statement'
        when p.kind = 'p' or p.own_index is null then 'none'
        when p.is_in_tree
          or p.has_relatives
          or p.has_subscribed
          or version < first_with_statement_level then 'row'
        else 'statement'
      end as level
    from placed p
  )
  select l.top, l.relation, l.depth, l.kind::text, l.root, l.schema_name, l.table_name, l.level,
    case when l.level = 'none' then '{}' else l.key_columns end,
    case
      when l.level = 'none' then ''
      else teleport.key_signature(
        l.relation,
        l.key_columns,
        case when l.root = l.relation then l.own_index end
      )
    end,
    case when l.level <> 'none' and l.root = l.relation then l.own_index end,
    pg_catalog.pg_has_role(l.owner, 'usage'),
    nullif(
      pg_catalog.concat_ws(
        ' and ',
        case when not pg_catalog.has_table_privilege(l.relation, 'select') then 'SELECT' end,
        case when not pg_catalog.has_table_privilege(l.relation, 'trigger') then 'TRIGGER' end
      ),
      ''
    ),
    case
      when l.level <> 'none' then null
      when l.is_of_extension then 'it belongs to an extension'
      when l.kind = 'f' then 'it is a foreign table'
      when l.kind = 'p' and version < 110000
        then 'before PostgreSQL 11 partitions are replicated as tables of their own'
      when l.kind = 'p'
        then 'it has no key of its own; partitions with a key are replicated as tables of their own'
      else 'it has neither a primary key nor a unique index on NOT NULL columns'
    end
  from leveled l;
end
$function$;
