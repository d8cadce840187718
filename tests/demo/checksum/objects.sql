-- What a schema has: how many of each kind, and the value of each sequence.
-- Parameters: $1 the schema's name. Returns: what, count. Locks: ACCESS SHARE on catalogs.
with relation as (
  select c.oid, c.relkind, c.relispartition
  from pg_catalog.pg_class c
  where c.relnamespace = $1::text::pg_catalog.regnamespace
)
select 'tables' as what, count(*) as count
from relation
where relkind in ('r', 'p') and not relispartition
union all
select 'partitions', count(*)
from relation
where relkind in ('r', 'p') and relispartition
union all
select 'indexes', count(*)
from pg_catalog.pg_index i
join relation r on r.oid = i.indrelid
union all
select 'foreign keys', count(*)
from pg_catalog.pg_constraint k
join relation r on r.oid = k.conrelid
join relation f on f.oid = k.confrelid
where k.contype = 'f' and not r.relispartition and not f.relispartition
union all
select 'checks', count(*)
from pg_catalog.pg_constraint k
join relation r on r.oid = k.conrelid
where k.contype = 'c'
union all
select 'defaults', count(*)
from pg_catalog.pg_attrdef d
join relation r on r.oid = d.adrelid
union all
select 'types', count(*)
from pg_catalog.pg_type t
left join pg_catalog.pg_class c on c.oid = t.typrelid
where t.typnamespace = $1::text::pg_catalog.regnamespace
  and t.typcategory <> 'A' and coalesce(c.relkind, 'c') = 'c'
union all
select 'functions', count(*)
from pg_catalog.pg_proc
where pronamespace = $1::text::pg_catalog.regnamespace
union all
select 'the value of ' || sequencename, coalesce(last_value, 0)
from pg_catalog.pg_sequences
where schemaname = $1;
