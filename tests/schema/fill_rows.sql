-- Puts three rows into every table of a schema, each column by its type and the row's number. Rows that a
-- constraint forbids are left out.
-- Parameters, put in as text: 'SCHEMA', and 'FIRST', the first number. Locks: those of INSERT.
do $$
declare
  part record;
  number integer;
begin
  for part in
    select c.oid::regclass as name,
      string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns,
      string_agg(
        'cast(' || case
          when b.typcategory = 'N' then 'NUMBER'
          when b.typcategory = 'B' then quote_literal('true')
          when b.typcategory = 'D' and b.typname in ('time', 'timetz') then quote_literal('00:00:0') || ' || NUMBER'
          when b.typcategory = 'D' then quote_literal('2020-01-0') || ' || NUMBER'
          when b.typcategory = 'T' then quote_literal('NUMBER hours')
          when b.typcategory = 'E' then (
            select quote_literal(min(e.enumlabel)) from pg_enum e where e.enumtypid = b.oid)
          when b.typcategory = 'A' then quote_literal('{}')
          when b.typcategory = 'R' then quote_literal('empty')
          when b.typname = 'uuid' then 'md5(NUMBER::text)'
          when b.typname in ('json', 'jsonb') then quote_literal('{"a": NUMBER}')
          when b.typname in ('point', 'box', 'circle', 'hstore', 'inet', 'cidr', 'xml') or b.typtype = 'c' then 'null'
          else quote_literal('NUMBER')
        end || ' as ' || format_type(a.atttypid, a.atttypmod) || ')',
        ', ' order by a.attnum
      ) as row_values
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
    where c.relnamespace = 'SCHEMA'::regnamespace
      and c.relkind in ('r', 'p') and not c.relispartition
      and a.attidentity <> 'a'
      and coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''
    group by c.oid
    order by c.oid
  loop
    for number in 'FIRST' .. 'FIRST' + 2 loop
      begin
        execute 'insert into ' || part.name || ' (' || part.columns || ') values ('
          || replace(part.row_values, 'NUMBER', number::text) || ')';
      exception
        when others then
          raise debug '%', sqlerrm;
      end;
    end loop;
  end loop;
end
$$
