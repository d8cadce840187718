-- Operator families and classes of user schemas. Parameters: none. Returns: one row per object: a class
-- with what belongs to it, a family with what was added to it later. Extension members are left out.
-- Takes no locks.
with member as (
  select
    'pg_catalog.pg_amop'::pg_catalog.regclass::oid as class,
    o.oid,
    o.amopfamily as family,
    o.amopstrategy as number,
    'operator ' || o.amopstrategy || ' ' || pg_catalog.quote_ident(n.nspname) || '.' || p.oprname ||
      ' (' || pg_catalog.format_type(o.amoplefttype, null) || ', ' ||
      pg_catalog.format_type(o.amoprighttype, null) || ')' ||
      coalesce(' for order by ' || pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.opfname), '') as text,
    'operator ' || o.amopstrategy || ' (' || pg_catalog.format_type(o.amoplefttype, null) || ', ' ||
      pg_catalog.format_type(o.amoprighttype, null) || ')' as dropped
  from pg_catalog.pg_amop o
  join pg_catalog.pg_operator p on p.oid = o.amopopr
  join pg_catalog.pg_namespace n on n.oid = p.oprnamespace
  left join pg_catalog.pg_opfamily s on s.oid = o.amopsortfamily
  left join pg_catalog.pg_namespace sn on sn.oid = s.opfnamespace
  union all
  select
    'pg_catalog.pg_amproc'::pg_catalog.regclass::oid,
    f.oid,
    f.amprocfamily,
    1000 + f.amprocnum,
    'function ' || f.amprocnum || ' (' || pg_catalog.format_type(f.amproclefttype, null) || ', ' ||
      pg_catalog.format_type(f.amprocrighttype, null) || ') ' || f.amproc::pg_catalog.regprocedure,
    'function ' || f.amprocnum || ' (' || pg_catalog.format_type(f.amproclefttype, null) || ', ' ||
      pg_catalog.format_type(f.amprocrighttype, null) || ')'
  from pg_catalog.pg_amproc f
),
owned as (
  select
    m.*,
    d.refobjid as opclass
  from member m
  left join pg_catalog.pg_depend d
    on d.classid = m.class
    and d.objid = m.oid
    and d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  where m.oid >= 16384
)
select
  f.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  f.opfname::text as name,
  'operator family'::text as what,
  ' using ' || pg_catalog.quote_ident(a.amname) as signature,
  ' using ' || pg_catalog.quote_ident(a.amname) as definition,
  array(
    select 'add ' || m.text from owned m where m.family = f.oid and m.opclass is null order by m.number, m.text
  ) as adds,
  array(
    select 'drop ' || m.dropped from owned m where m.family = f.oid and m.opclass is null order by m.number, m.text
  ) as drops
from pg_catalog.pg_opfamily f
join pg_catalog.pg_am a on a.oid = f.opfmethod
join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
      and d.objid = f.oid
      and d.deptype = 'e'
  )
union all
select
  c.oid::text,
  n.oid::text,
  n.nspname::text,
  c.opcname::text,
  'operator class'::text,
  ' using ' || pg_catalog.quote_ident(a.amname),
  case when c.opcdefault then ' default' else '' end || ' for type ' || pg_catalog.format_type(c.opcintype, null) ||
    ' using ' || pg_catalog.quote_ident(a.amname) || ' family ' || pg_catalog.quote_ident(fn.nspname) || '.' ||
    pg_catalog.quote_ident(f.opfname) || ' as ' || pg_catalog.array_to_string(
      array(
        select m.text from owned m where m.opclass = c.oid order by m.number, m.text
      ) || case
        when c.opckeytype <> 0
        then array['storage ' || pg_catalog.format_type(c.opckeytype, null)]
        else array[]::text[]
      end,
      ', '
    ),
  array[]::text[],
  array[]::text[]
from pg_catalog.pg_opclass c
join pg_catalog.pg_am a on a.oid = c.opcmethod
join pg_catalog.pg_namespace n on n.oid = c.opcnamespace
join pg_catalog.pg_opfamily f on f.oid = c.opcfamily
join pg_catalog.pg_namespace fn on fn.oid = f.opfnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
      and d.objid = c.oid
      and d.deptype = 'e'
  )
