-- The catalogs in one glance: for each, the number of rows and a sum over their xmin that any DDL
-- changes; DML, VACUUM, ANALYZE and nextval do not. System objects, temporary and toast tables and the
-- schema teleport are left out. A difference may also come of GRANT, REFRESH or TRUNCATE: compare what
-- matters then. For PostgreSQL 10 and later.
-- Parameters: none. Returns: catalog, fingerprint. Takes no locks.
with own_schema as (
  select n.oid
  from pg_catalog.pg_namespace n
  where n.nspname not in ('information_schema', 'teleport')
    and n.nspname !~ '^pg_'
),
own_relation as (
  select c.oid, c.relkind
  from pg_catalog.pg_class c
  where c.relnamespace in (select s.oid from own_schema s)
)
select 'namespace' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_namespace x
where x.oid in (select s.oid from own_schema s)
union all
select 'class' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_class x
where x.relnamespace in (select s.oid from own_schema s)
union all
select 'attribute' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.attrelid::bigint * 31 + x.attnum) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_attribute x
where x.attnum > 0 and x.attrelid in (select r.oid from own_relation r)
union all
select 'attrdef' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_attrdef x
where x.adrelid in (select r.oid from own_relation r)
union all
select 'constraint' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_constraint x
where x.connamespace in (select s.oid from own_schema s)
union all
select 'index' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.indexrelid::bigint) % 1009 + 1)
    + case when x.indisvalid then 1 else 0 end + case when x.indisready then 2 else 0 end
    + case when x.indisunique then 4 else 0 end + case when x.indimmediate then 8 else 0 end), 0) as fingerprint
from pg_catalog.pg_index x
where x.indrelid in (select r.oid from own_relation r)
union all
select 'inherits' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.inhrelid::bigint * 31 + x.inhparent::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_inherits x
where x.inhrelid in (select r.oid from own_relation r)
union all
select 'trigger' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_trigger x
where x.tgrelid in (select r.oid from own_relation r)
union all
select 'rewrite' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_rewrite x
where x.ev_class in (select r.oid from own_relation r)
union all
select 'type' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_type x
where x.typnamespace in (select s.oid from own_schema s)
union all
select 'enum' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_enum x
where x.enumtypid >= 16384
union all
select 'range' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.rngtypid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_range x
where x.rngtypid >= 16384
union all
select 'proc' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_proc x
where x.pronamespace in (select s.oid from own_schema s)
union all
select 'aggregate' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.aggfnoid::oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_aggregate x
where x.aggfnoid::oid >= 16384
union all
select 'language' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_language x
where x.oid >= 16384
union all
select 'operator' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_operator x
where x.oprnamespace in (select s.oid from own_schema s)
union all
select 'opclass' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_opclass x
where x.opcnamespace in (select s.oid from own_schema s)
union all
select 'opfamily' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_opfamily x
where x.opfnamespace in (select s.oid from own_schema s)
union all
select 'amop' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_amop x
where x.oid >= 16384
union all
select 'amproc' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_amproc x
where x.oid >= 16384
union all
select 'cast' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_cast x
where x.oid >= 16384
union all
select 'collation' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_collation x
where x.collnamespace in (select s.oid from own_schema s)
union all
select 'conversion' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_conversion x
where x.connamespace in (select s.oid from own_schema s)
union all
select 'ts_config' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_ts_config x
where x.cfgnamespace in (select s.oid from own_schema s)
union all
select 'ts_config_map' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.mapcfg::bigint * 31 + x.maptokentype * 7 + x.mapseqno) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_ts_config_map x
where x.mapcfg >= 16384
union all
select 'ts_dict' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_ts_dict x
where x.dictnamespace in (select s.oid from own_schema s)
union all
select 'ts_parser' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_ts_parser x
where x.prsnamespace in (select s.oid from own_schema s)
union all
select 'ts_template' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_ts_template x
where x.tmplnamespace in (select s.oid from own_schema s)
union all
select 'extension' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.oid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_extension x
where true
union all
select 'foreign_table' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.ftrelid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_foreign_table x
where x.ftrelid in (select r.oid from own_relation r)
union all
select 'description' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.objoid::bigint * 31 + x.objsubid) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_description x
where x.objoid >= 16384
  and (x.classoid <> 'pg_catalog.pg_class'::regclass or x.objoid in (select r.oid from own_relation r))
union all
select 'depend' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.objid::bigint * 31 + x.refobjid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_depend x
where (
    x.deptype in ('a', 'i')
    and x.classid = 'pg_catalog.pg_class'::regclass
    and x.objid in (select r.oid from own_relation r where r.relkind = 'S')
  )
  or (x.deptype = 'e' and x.objid >= 16384)
union all
select 'partitioned_table' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.partrelid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_partitioned_table x
where x.partrelid in (select r.oid from own_relation r)
union all
select 'sequence' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.seqrelid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_sequence x
where x.seqrelid in (select r.oid from own_relation r)
union all
-- What a subscription writes is captured in another way; see plan_capture.sql.
select 'subscription_rel' as catalog,
  count(*) || ':' || coalesce(sum(x.xmin::text::bigint * ((x.srsubid::bigint * 31 + x.srrelid::bigint) % 1009 + 1)), 0) as fingerprint
from pg_catalog.pg_subscription_rel x
where x.srrelid in (select r.oid from own_relation r)
union all
select 'statistic_ext' as catalog,
  count(*) || ':' || coalesce(sum(
    ('x' || pg_catalog.substr(pg_catalog.md5(
      x.oid || ' ' || x.stxrelid || ' ' || x.stxname || ' ' || x.stxnamespace || ' ' || x.stxkeys::text
        || ' ' || x.stxkind::text
        || ' ' || coalesce(x.stxstattarget::text, '') -- since 13, before:
    ), 1, 8))::bit(32)::bigint
  ), 0) as fingerprint
from pg_catalog.pg_statistic_ext x
where x.stxnamespace in (select s.oid from own_schema s)
order by 1;
