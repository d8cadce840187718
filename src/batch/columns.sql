-- Columns whose values travel, by relation, in order: not dropped and not generated (the target computes
-- those). Parameters: $1 oids of relations. Returns: relation, names, are_xml.
-- Locks: none.
select
  a.attrelid as relation,
  pg_catalog.array_agg(a.attname::text order by a.attnum) as names,
  -- A domain has the output function of what it lies over.
  pg_catalog.array_agg(t.typoutput = 'pg_catalog.xml_out'::pg_catalog.regproc order by a.attnum)
    as are_xml
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
  and a.attgenerated = '' -- since 12, before:
group by a.attrelid
