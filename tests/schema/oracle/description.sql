-- One schema as the server itself deparses it, one line for each object or part: what a test compares on
-- source and target. Asks the catalogs directly, and knows nothing of teleport's reader. Left out are what
-- is not replicated on purpose: triggers, rules, policies, grants, owners, tablespaces; a foreign key's
-- actions and deferrability; whether an identity is ALWAYS. Columns that a server lacks read as null.
-- Parameters: $1 the schema, which has to be alone in the search_path. Returns: line. Takes no locks.
with home as (
  select n.oid from pg_catalog.pg_namespace n where n.nspname = $1
),
member as (
  select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e'
),
relation as (
  select c.oid as id, c.*
  from pg_catalog.pg_class c
  where c.relnamespace = (select oid from home)
    and c.relkind in ('r', 'p', 'v', 'm', 'S')
    and not exists (select 1 from member m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
),
routine as (
  select p.oid as id, p.*, coalesce(pg_catalog.to_jsonb(p) ->> 'prokind',
      case when (pg_catalog.to_jsonb(p) ->> 'proisagg')::boolean then 'a' else 'f' end) as kind
  from pg_catalog.pg_proc p
  where p.pronamespace = (select oid from home)
    -- Functions of triggers, which are not replicated.
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and not exists (select 1 from member m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
),
type as (
  select t.oid as id, t.*
  from pg_catalog.pg_type t
  where t.typnamespace = (select oid from home)
    and not exists (select 1 from member m where m.classid = 'pg_type'::regclass and m.objid = t.oid)
),
line (line) as (
  select 'relation ' || r.relname || ' ' || r.relkind::text || ' ' || r.relpersistence::text
    || ' options ' || coalesce((select pg_catalog.string_agg(o, ',' order by o) from pg_catalog.unnest(r.reloptions) o), '')
    || ' method ' || coalesce((select a.amname from pg_catalog.pg_am a where a.oid = r.relam), '')
    || ' key ' || coalesce(pg_catalog.pg_get_partkeydef(r.id), '')
    || ' bound ' || coalesce(pg_catalog.pg_get_expr(r.relpartbound, r.id), '')
    || ' populated ' || r.relispopulated
    || ' parents ' || coalesce((
      select pg_catalog.string_agg(i.inhparent::regclass::text, ',' order by i.inhseqno)
      from pg_catalog.pg_inherits i where i.inhrelid = r.id), '')
    || ' view ' || case when r.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(r.id) else '' end
  from relation r
  where r.relkind <> 'S'
  union all
  select 'column ' || r.relname || '.' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || ' default ' || coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
    || case when a.attidentity <> '' then ' identity' else '' end
    || ' generated ' || coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '')
    || ' collation ' || case when a.attcollation <> t.typcollation then (select coalesce(nullif(n.nspname, $1) || '.', '') || c.collname from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace where c.oid = a.attcollation) else '' end
    || ' storage ' || a.attstorage::text || ' compression ' || coalesce(pg_catalog.to_jsonb(a) ->> 'attcompression', '')
    || ' statistics ' || coalesce(nullif(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1'), '')
    || ' options ' || coalesce(pg_catalog.array_to_string(a.attoptions, ','), '')
    || ' local ' || a.attislocal || ' inherited ' || a.attinhcount
  from relation r
  join pg_catalog.pg_attribute a on a.attrelid = r.id and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where r.relkind <> 'S'
  union all
  -- The name of a NOT NULL that PostgreSQL chose says how the table came to be, not what it is.
  select 'constraint ' || coalesce(r.relname, t.typname) || '.'
    || case when c.contype = 'n' and c.conname ~ '_not_null[0-9]*$' then '' else c.conname end || ' ' || pg_catalog.pg_get_constraintdef(c.oid)
    || ' valid ' || c.convalidated || ' noinherit ' || (c.connoinherit and c.contype in ('c', 'n')) || ' inherited ' || c.coninhcount
    || ' local ' || c.conislocal
  from pg_catalog.pg_constraint c
  left join relation r on r.id = c.conrelid
  left join type t on t.id = c.contypid
  where c.contype not in ('f', 't') and (r.id is not null or t.id is not null)
  union all
  -- So does the name of one that a partition has as a part of its root's.
  select 'foreign key ' || r.relname || '.' || case when c.coninhcount = 0 then c.conname else 'root' end || ' to ' || c.confrelid::regclass::text || ' '
    || (select pg_catalog.string_agg(a.attname || ' ' || b.attname, ',' order by k.n)
        from unnest(c.conkey, c.confkey) with ordinality as k (own, other, n)
        join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
        join pg_catalog.pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other)
    || ' match ' || c.confmatchtype::text || ' valid ' || c.convalidated || ' inherited ' || c.coninhcount
  from pg_catalog.pg_constraint c
  join relation r on r.id = c.conrelid
  where c.contype = 'f'
    -- Parts of one to a partitioned table, one for each partition.
    and not exists (
      select 1 from pg_catalog.pg_constraint p
      where p.oid = (pg_catalog.to_jsonb(c) ->> 'conparentid')::oid and p.conrelid = c.conrelid
    )
  union all
  select 'index ' || pg_catalog.pg_get_indexdef(i.indexrelid) || ' valid ' || i.indisvalid
    || ' statistics ' || coalesce((
      select pg_catalog.string_agg(a.attnum || ' ' || (pg_catalog.to_jsonb(a) ->> 'attstattarget'), ',' order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = i.indexrelid and coalesce(pg_catalog.to_jsonb(a) ->> 'attstattarget', '-1') not in ('-1', '0')), '')
  from pg_catalog.pg_index i
  join relation r on r.id = i.indrelid
  union all
  select 'sequence ' || r.relname || ' ' || r.relpersistence::text || ' ' || pg_catalog.format_type(s.seqtypid, null) || ' start ' || s.seqstart
    || ' increment ' || s.seqincrement || ' min ' || s.seqmin || ' max ' || s.seqmax || ' cache ' || s.seqcache
    || ' cycle ' || s.seqcycle || ' owner ' || coalesce((
      select d.deptype::text || ' ' || d.refobjid::regclass::text || '.' || a.attname
      from pg_catalog.pg_depend d
      join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_class'::regclass and d.objid = r.id and d.deptype in ('a', 'i')), '')
  from relation r
  join pg_catalog.pg_sequence s on s.seqrelid = r.id
  union all
  select 'enum ' || t.typname || ' ' || (
      select pg_catalog.string_agg(e.enumlabel, ',' order by e.enumsortorder)
      from pg_catalog.pg_enum e where e.enumtypid = t.id)
  from type t
  where t.typtype = 'e'
  union all
  select 'domain ' || t.typname || ' ' || pg_catalog.format_type(t.typbasetype, t.typtypmod)
    || case when t.typnotnull then ' not null' else '' end
    || ' default ' || coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), '')
    || ' collation ' || case when t.typcollation <> b.typcollation then (select coalesce(nullif(n.nspname, $1) || '.', '') || c.collname from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace where c.oid = t.typcollation) else '' end
  from type t
  join pg_catalog.pg_type b on b.oid = t.typbasetype
  where t.typtype = 'd'
  union all
  select 'composite ' || t.typname || ' ' || coalesce((
      select pg_catalog.string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
        || case when a.attcollation <> b.typcollation then ' ' || (select coalesce(nullif(n.nspname, $1) || '.', '') || c.collname from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace where c.oid = a.attcollation) else '' end, ',' order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type b on b.oid = a.atttypid
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '')
  from type t
  join pg_catalog.pg_class c on c.oid = t.typrelid and c.relkind = 'c'
  union all
  select 'range ' || t.typname || ' ' || pg_catalog.format_type(r.rngsubtype, null) || ' class '
    || (select o.opcname from pg_catalog.pg_opclass o where o.oid = r.rngsubopc)
    || ' collation ' || case when r.rngcollation <> b.typcollation then (select coalesce(nullif(n.nspname, $1) || '.', '') || c.collname from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace where c.oid = r.rngcollation) else '' end
    || ' difference ' || r.rngsubdiff::text
    || ' multirange ' || coalesce((pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid::regtype::text, '')
  from type t
  join pg_catalog.pg_range r on r.rngtypid = t.id
  join pg_catalog.pg_type b on b.oid = r.rngsubtype
  union all
  select 'routine ' || pg_catalog.pg_get_functiondef(p.id)
  from (select p.id from routine p where p.kind <> 'a' offset 0) p
  union all
  select 'aggregate ' || p.id::regprocedure::text || ' ' || a.aggkind::text || a.aggnumdirectargs || ' ' || a.aggtransfn::text || ' '
    || a.aggtranstype::regtype::text || ' ' || a.aggtransspace || ' ' || a.aggfinalfn::text || ' ' || a.aggcombinefn::text || ' '
    || a.aggserialfn::text || ' ' || a.aggdeserialfn::text || ' ' || a.aggmtransfn::text || ' ' || a.aggminvtransfn::text || ' '
    || a.aggmfinalfn::text || ' ' || a.aggmtranstype::regtype::text || ' ' || a.aggsortop::regoperator::text || ' '
    || a.aggfinalextra || a.aggmfinalextra || coalesce(pg_catalog.to_jsonb(a) ->> 'aggfinalmodify', '')
    || coalesce(pg_catalog.to_jsonb(a) ->> 'aggmfinalmodify', '') || ' ' || coalesce(a.agginitval, 'null') || ' '
    || coalesce(a.aggminitval, 'null') || ' ' || p.proparallel::text || ' ' || pg_catalog.pg_get_function_arguments(p.id)
  from routine p
  join pg_catalog.pg_aggregate a on a.aggfnoid = p.id
  union all
  select 'extension ' || e.extname
  from pg_catalog.pg_extension e
  where e.extnamespace = (select oid from home)
  union all
  select 'statistics ' || pg_catalog.pg_get_statisticsobjdef(s.oid)
    || ' target ' || coalesce(nullif(pg_catalog.to_jsonb(s) ->> 'stxstattarget', '-1'), '')
  from pg_catalog.pg_statistic_ext s
  where s.stxnamespace = (select oid from home)
  union all
  select 'collation ' || c.collname || ' ' || c.collprovider::text || ' ' || coalesce(c.collcollate, '') || ' ' || coalesce(c.collctype, '')
    || ' ' || coalesce(pg_catalog.to_jsonb(c) ->> 'colliculocale', pg_catalog.to_jsonb(c) ->> 'colllocale', '')
    || ' ' || coalesce(pg_catalog.to_jsonb(c) ->> 'collicurules', '') || ' ' || coalesce(pg_catalog.to_jsonb(c) ->> 'collisdeterministic', '')
  from pg_catalog.pg_collation c
  where c.collnamespace = (select oid from home)
  union all
  select 'text search configuration ' || c.cfgname || ' ' || p.prsname || ' ' || coalesce((
      select pg_catalog.string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary::text, ',' order by m.maptokentype, m.mapseqno)
      from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid), '')
  from pg_catalog.pg_ts_config c
  join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser
  where c.cfgnamespace = (select oid from home)
  union all
  select 'text search dictionary ' || d.dictname || ' ' || t.tmplname || ' ' || coalesce(d.dictinitoption, '')
  from pg_catalog.pg_ts_dict d
  join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
  where d.dictnamespace = (select oid from home)
  union all
  select 'operator ' || o.oid::regoperator::text || ' ' || o.oprresult::regtype::text || ' ' || o.oprcode::text || ' ' || o.oprcom::regoperator::text
    || ' ' || o.oprnegate::regoperator::text || ' ' || o.oprrest::text || ' ' || o.oprjoin::text || ' ' || o.oprcanmerge || o.oprcanhash
  from pg_catalog.pg_operator o
  where o.oprnamespace = (select oid from home)
    and not exists (select 1 from member m where m.classid = 'pg_operator'::regclass and m.objid = o.oid)
  union all
  select 'operator class ' || o.opcname || ' ' || a.amname || ' ' || o.opcintype::regtype::text || ' ' || o.opckeytype::regtype::text || ' '
    || o.opcdefault || ' ' || f.opfname || ' ' || coalesce((
      select pg_catalog.string_agg(x.amopstrategy || ' ' || x.amopopr::regoperator::text, ',' order by x.amopstrategy, x.amopopr::regoperator::text)
      from pg_catalog.pg_amop x where x.amopfamily = f.oid), '') || ' ' || coalesce((
      select pg_catalog.string_agg(x.amprocnum || ' ' || x.amproc::regprocedure::text, ',' order by x.amprocnum, x.amproc::regprocedure::text)
      from pg_catalog.pg_amproc x where x.amprocfamily = f.oid), '')
  from pg_catalog.pg_opclass o
  join pg_catalog.pg_am a on a.oid = o.opcmethod
  join pg_catalog.pg_opfamily f on f.oid = o.opcfamily
  where o.opcnamespace = (select oid from home)
    and not exists (select 1 from member m where m.classid = 'pg_opclass'::regclass and m.objid = o.oid)
  union all
  select 'cast ' || c.castsource::regtype::text || ' ' || c.casttarget::regtype::text || ' '
    || case when c.castfunc = 0 then '' else c.castfunc::regprocedure::text end || ' ' || c.castcontext::text || c.castmethod::text
  from pg_catalog.pg_cast c
  where exists (
      select 1 from type t where t.id in (c.castsource, c.casttarget)
      union all
      select 1 from routine p where p.id = c.castfunc
    )
    and not exists (select 1 from member m where m.classid = 'pg_cast'::regclass and m.objid = c.oid)
  union all
  select 'comment ' || i.type || ' ' || pg_catalog.replace(i.identity, pg_catalog.quote_ident($1) || '.', '') || ' ' || d.description
  from pg_catalog.pg_description d
  cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  where d.classoid <> 'pg_extension'::regclass and d.objoid >= 16384
    and (i.schema = $1 or pg_catalog.strpos(i.identity, pg_catalog.quote_ident($1) || '.') > 0)
    and i.type not in ('trigger', 'rule', 'policy', 'extension')
    and not exists (select 1 from member m where m.classid = d.classoid and m.objid = d.objoid)
)
select l.line from line l where l.line is not null order by l.line collate "C"
