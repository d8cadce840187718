-- Comments on the objects of the database. Parameters: none. Returns: one row per comment; class and oid
-- are of the object, part names what is no object of its own: a constraint's index, a domain's check.
-- `number` is of the column. Takes no locks.
select
  case
    when c.relkind = 'c' or k.contypid <> 0 then 'pg_type'
    when o.oid is not null then 'pg_constraint'
    else class.relname::text
  end as class,
  case
    when c.relkind = 'c' then c.reltype
    when k.contypid <> 0 then k.contypid
    when o.oid is not null then o.oid
    else d.objoid
  end::text as oid,
  d.objsubid::int as number,
  case
    when d.objsubid > 0 then a.attname::text
    when k.contypid <> 0 then k.conname::text
    when o.oid is not null then c.relname::text
  end as part,
  case
    when d.objsubid > 0 then d.objsubid::text
    when k.contypid <> 0 then k.oid::text
    else 'index'
  end as part_id,
  d.description as text
from pg_catalog.pg_description d
join pg_catalog.pg_class class on class.oid = d.classoid
left join pg_catalog.pg_class c
  on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objoid
left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
left join pg_catalog.pg_constraint k
  on d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objoid
left join pg_catalog.pg_constraint o
  on o.conindid = c.oid and c.relkind in ('i', 'I') and o.contype in ('p', 'u', 'x')
where d.objoid >= 16384
