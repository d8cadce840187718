-- Stores which relations the targets' expressions name, where that differs from what is stored.
-- Parameters: five arrays of one length, an element for each pattern. Returns: whether it differed.
-- Locks: SHARE ROW EXCLUSIVE on teleport.wanted where it does.
create or replace function teleport.write_wanted(
  targets text[],
  numbers integer[],
  exclusions boolean[],
  schema_patterns text[],
  name_patterns text[]
)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  has_changed boolean;
begin
  select exists (
    (
      select targets[n], numbers[n], exclusions[n], schema_patterns[n], name_patterns[n]
      from pg_catalog.generate_subscripts(targets, 1) as n
      except
      select w.target, w.number, w.is_exclusion, w.schema_pattern, w.name_pattern
      from teleport.wanted w
    )
    union all
    (
      select w.target, w.number, w.is_exclusion, w.schema_pattern, w.name_pattern
      from teleport.wanted w
      except
      select targets[n], numbers[n], exclusions[n], schema_patterns[n], name_patterns[n]
      from pg_catalog.generate_subscripts(targets, 1) as n
    )
  )
  into has_changed;
  if has_changed then
    lock table teleport.wanted in share row exclusive mode;
    delete from teleport.wanted;
    insert into teleport.wanted
      (target, number, is_exclusion, schema_pattern, name_pattern)
    select targets[n], numbers[n], exclusions[n], schema_patterns[n], name_patterns[n]
    from pg_catalog.generate_subscripts(targets, 1) as n;
  end if;
  return has_changed;
end
$function$;
