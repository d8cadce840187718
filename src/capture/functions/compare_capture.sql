-- The plan of capture next to what is installed.
-- Parameters: the topmost relations to look at, null for all.
-- Returns: the plan, with level none where privileges are lacking for what is not installed yet
-- (the reason says which and where); `belongs`: captured for this root already; `is_changed`: its key or level
-- is another; `is_disturbed`: its triggers are not as they were left; `is_pending`: anything to do.
-- Takes no locks.
create or replace function teleport.compare_capture(tops oid[])
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
  is_owned boolean,
  lacks text,
  reason text,
  template text,
  old_root oid,
  old_level text,
  old_generation integer,
  belongs boolean,
  is_changed boolean,
  is_disturbed boolean,
  is_touched boolean,
  is_pending boolean
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
begin
  return query
  with known as (
    select p.*, teleport.capture_template() as template,
      c.relation is not null as is_known,
      c.top as old_top, c.root as old_root, c.level as old_level, c.generation as old_generation,
      c.schema_name as old_schema, c.table_name as old_table,
      c.key_columns as old_columns, c.key_signature as old_signature,
      c.triggers as old_triggers, c.is_owned as was_owned, c.is_touched, c.reason as old_reason,
      c.template as old_template,
      coalesce(c.root = p.root and c.level <> 'none', false) as belongs,
      case when c.level <> 'none' then teleport.trigger_state(p.relation) end as triggers
    from teleport.plan_capture(tops) p
    left join teleport.capture c on c.relation = p.relation
  ),
  permitted as (
    select k.*,
      pg_catalog.bool_or(k.belongs) over (partition by k.root) as is_root_captured,
      pg_catalog.min(
        case
          when k.lacks is not null and k.level <> 'none' and not k.belongs
            then k.lacks || ' on ' || k.schema_name || '.' || k.table_name
        end
      ) over (partition by k.root) as root_blocker,
      k.lacks is not null and k.level <> 'none' and not k.belongs as is_blocked
    from known k
  ),
  decided as (
    select p.*,
      -- A root starts whole or not at all; one that runs goes on without the partition that it may not touch.
      case
        when p.is_blocked or (p.root_blocker is not null and not p.is_root_captured) then 'none'
        else p.level
      end as final_level,
      case
        when p.is_blocked then 'the role lacks ' || p.lacks || ' on it'
        when p.root_blocker is not null and not p.is_root_captured and p.level <> 'none'
          then 'the role lacks ' || p.root_blocker
        else p.reason
      end as final_reason
    from permitted p
  ),
  final as (
    select d.*,
      case when d.final_level = 'none' then '{}' else d.key_columns end as final_columns,
      case when d.final_level = 'none' then '' else d.key_signature end as final_signature
    from decided d
  )
  select f.top, f.relation, f.depth, f.kind, f.root, f.schema_name, f.table_name, f.final_level,
    f.final_columns, f.final_signature, f.is_owned, f.lacks, f.final_reason, f.template,
    f.old_root, f.old_level, f.old_generation,
    f.belongs,
    f.belongs and (f.old_level <> f.final_level or f.old_signature <> f.final_signature
      or f.old_columns <> f.final_columns),
    f.belongs and f.triggers <> f.old_triggers,
    coalesce(f.is_touched, true),
    not f.is_known
      or f.old_top <> f.top
      or f.old_root <> f.root
      or f.old_level <> f.final_level
      or f.old_columns <> f.final_columns
      or f.old_signature <> f.final_signature
      or f.triggers is distinct from case when f.old_level <> 'none' then f.old_triggers end
      or (f.old_schema, f.old_table) <> (f.schema_name, f.table_name)
      or f.was_owned <> f.is_owned
      or f.old_reason is distinct from f.final_reason
      or (f.old_template <> f.template and f.old_level <> 'none')
      or not f.is_touched
  from final f;
end
$function$;
