-- What no version of the differ replicates, by name. Parameters: none. Returns: one row per object; of
-- what has no schema and hangs on no relation, every one of the database. Extension members and what
-- teleport made are left out. Takes no locks.
select o.what || ':' || o.oid as id, o.what, o.relation::text as "table", o.schema, o.name
from (
  select
    'trigger'::text as what,
    t.tableoid as class,
    t.oid,
    t.tgrelid as relation,
    null::text as schema,
    t.tgname::text as name
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where not t.tgisinternal
    and n.nspname <> 'teleport'
    and t.tgparentid = 0 -- since 13, before:
  union all
  select 'rule', r.tableoid, r.oid, r.ev_class, null, r.rulename::text
  from pg_catalog.pg_rewrite r
  where r.rulename <> '_RETURN'
  union all
  select 'policy', p.tableoid, p.oid, p.polrelid, null, p.polname::text from pg_catalog.pg_policy p union all -- since 9.5, before:
  select 'event trigger', e.tableoid, e.oid, null, null, e.evtname::text from pg_catalog.pg_event_trigger e where e.evtname !~ '^teleport_' union all -- since 9.3, before:
  select 'publication', p.tableoid, p.oid, null, null, p.pubname::text from pg_catalog.pg_publication p union all -- since 10, before:
  select 'transform', t.tableoid, t.oid, null, null, pg_catalog.format_type(t.trftype, null) || ' for ' || l.lanname from pg_catalog.pg_transform t join pg_catalog.pg_language l on l.oid = t.trflang union all -- since 9.5, before:
  select 'access method', a.tableoid, a.oid, null, null, a.amname::text from pg_catalog.pg_am a union all -- since 9.6, before:
  select 'language', l.tableoid, l.oid, null, null, l.lanname::text
  from pg_catalog.pg_language l
  union all
  select 'foreign-data wrapper', w.tableoid, w.oid, null, null, w.fdwname::text
  from pg_catalog.pg_foreign_data_wrapper w
  union all
  select 'foreign server', s.tableoid, s.oid, null, null, s.srvname::text
  from pg_catalog.pg_foreign_server s
  union all
  select 'text search parser', p.tableoid, p.oid, null, n.nspname::text, p.prsname::text
  from pg_catalog.pg_ts_parser p
  join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
  union all
  select 'text search template', t.tableoid, t.oid, null, n.nspname::text, t.tmplname::text
  from pg_catalog.pg_ts_template t
  join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace
  union all
  select 'conversion', c.tableoid, c.oid, null, n.nspname::text, c.conname::text
  from pg_catalog.pg_conversion c
  join pg_catalog.pg_namespace n on n.oid = c.connamespace
  union all
  select
    'default privileges',
    a.tableoid,
    a.oid,
    null,
    n.nspname::text,
    'of ' || pg_catalog.pg_get_userbyid(a.defaclrole)
  from pg_catalog.pg_default_acl a
  left join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
  union all
  select distinct 'privileges', n.tableoid, n.oid, null::oid, n.nspname::text, ''::text
  from pg_catalog.pg_namespace n
  where exists (
      select 1 from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relacl is not null
    )
    or exists (
      select 1 from pg_catalog.pg_proc p where p.pronamespace = n.oid and p.proacl is not null
    )
) o
where (o.oid >= 16384 or o.what = 'privileges')
  and not exists (
    select 1
    from pg_catalog.pg_depend d
    where d.classid = o.class
      and d.objid = o.oid
      and d.deptype = 'e'
  )
