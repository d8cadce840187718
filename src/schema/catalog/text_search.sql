-- Text search dictionaries and configurations of user schemas. Parameters: none. Returns: one row per
-- object; a dictionary's options come as one text. Extension members are left out. Takes no locks.
select
  d.oid::text as oid,
  n.oid::text as schema_oid,
  n.nspname::text as schema,
  d.dictname::text as name,
  'text search dictionary'::text as what,
  ''::text as signature,
  'template = ' || pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.tmplname) as definition,
  array[coalesce(d.dictinitoption, '')]::text[] as adds,
  array[]::text[] as drops
from pg_catalog.pg_ts_dict d
join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
      and e.objid = d.oid
      and e.deptype = 'e'
  )
union all
select
  c.oid::text,
  n.oid::text,
  n.nspname::text,
  c.cfgname::text,
  'text search configuration'::text,
  ''::text,
  ' (parser = ' || pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.prsname) || ')',
  array(
    select 'add mapping for ' || pg_catalog.quote_ident(k.alias) || ' with ' || pg_catalog.string_agg(
      m.mapdict::pg_catalog.regdictionary::text, ', ' order by m.mapseqno
    )
    from pg_catalog.pg_ts_config_map m
    join pg_catalog.ts_token_type(c.cfgparser) k on k.tokid = m.maptokentype
    where m.mapcfg = c.oid
    group by k.alias, k.tokid
    order by k.tokid
  ),
  array(
    select 'drop mapping if exists for ' || pg_catalog.quote_ident(k.alias)
    from pg_catalog.pg_ts_config_map m
    join pg_catalog.ts_token_type(c.cfgparser) k on k.tokid = m.maptokentype
    where m.mapcfg = c.oid
    group by k.alias, k.tokid
    order by k.tokid
  )
from pg_catalog.pg_ts_config c
join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser
join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'teleport')
  and not exists (
    select 1
    from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass
      and e.objid = c.oid
      and e.deptype = 'e'
  )
