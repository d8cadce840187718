-- What an operator should know about capture though nothing is refused.
-- Parameters: none. Returns: one text a row. Takes no locks.
with named as (
  select c.relation, c.root, c.level, c.is_owned, w.target,
    c.schema_name || '.' || c.table_name as display,
    exists (
      select 1
      from teleport.wanted x
      where x.target = w.target
        and x.is_exclusion
        and c.schema_name like x.schema_pattern
        and c.table_name like x.name_pattern
    ) as is_excluded,
    exists (
      select 1
      from teleport.wanted x
      where x.target = w.target
        and not x.is_exclusion
        and c.schema_name like x.schema_pattern
        and c.table_name like x.name_pattern
    ) as is_included
  from teleport.capture c
  cross join (select distinct target from teleport.wanted) w
  where c.is_wanted
)
select 'target ' || m.target || ' names the partition ' || m.display || ' but not ' || r.display
  || ', through which its rows travel' as warning
from named m
join named r on r.relation = m.root and r.target = m.target
where m.relation <> m.root
  and m.is_included
  and not m.is_excluded
  and not (r.is_included and not r.is_excluded)
union all
select 'target ' || m.target || ' excludes the partition ' || m.display || ', but its rows travel through '
  || r.display
from named m
join named r on r.relation = m.root and r.target = m.target
where m.relation <> m.root
  and m.is_included
  and m.is_excluded
  and r.is_included
  and not r.is_excluded
order by 1;
