-- Everything in the catalogs that decides which texts a type accepts and what they mean: a base type
-- is its oid; domains, arrays, enums, ranges, multiranges and composites are followed to the end.
-- Parameters: the type. Returns: text that changes when old key text may no longer cast. No locks.
create or replace function teleport.type_signature(type_oid oid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_variable
declare
  kind text;
  element oid;
  base oid;
  modifier integer;
  composite oid;
  detail text;
begin
  select t.typtype::text, case when t.typlen = -1 then t.typelem else 0 end, t.typbasetype,
    t.typtypmod, t.typrelid
  into kind, element, base, modifier, composite
  from pg_catalog.pg_type t
  where t.oid = type_oid;
  if kind = 'e' then
    select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ' ' order by e.enumsortorder)
    into detail
    from pg_catalog.pg_enum e
    where e.enumtypid = type_oid;
  elsif kind = 'd' then
    select pg_catalog.string_agg(
      c.conname || ' ' || c.convalidated || ' ' || pg_catalog.pg_get_constraintdef(c.oid),
      ' ' order by c.conname
    )
    into detail
    from pg_catalog.pg_constraint c
    where c.contypid = type_oid;
    detail := teleport.type_signature(base) || ' ' || modifier || ' ' || coalesce(detail, '');
  elsif kind = 'c' then
    select pg_catalog.string_agg(
      a.attnum || ' ' || teleport.type_signature(a.atttypid) || ' ' || a.atttypmod,
      ' ' order by a.attnum
    )
    into detail
    from pg_catalog.pg_attribute a
    where a.attrelid = composite and a.attnum > 0 and not a.attisdropped;
  elsif kind = 'r' then
    select teleport.type_signature(r.rngsubtype) || ' ' || r.rngcollation || ' ' || r.rngsubopc
    into detail
    from pg_catalog.pg_range r
    where r.rngtypid = type_oid;
  elsif kind = 'm' then
    -- pg_range.rngmultitypid exists only where multiranges do (14); the dependency is the same link.
    select teleport.type_signature(d.refobjid)
    into detail
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_type'::regclass
      and d.objid = type_oid
      and d.refclassid = 'pg_catalog.pg_type'::regclass
      and d.deptype = 'i';
  elsif element <> 0 then
    detail := teleport.type_signature(element);
  end if;
  return type_oid || coalesce('(' || detail || ')', '');
end
$function$;
