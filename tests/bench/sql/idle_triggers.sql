-- Triggers of the kind that capture has, which do nothing: what any trigger at all costs.
create function bench.nothing() returns trigger language plpgsql as $$ begin return null; end $$;
do $$
declare
  name text;
begin
  foreach name in array array['branches', 'tellers', 'accounts', 'history'] loop
    execute format(
      'create trigger i after insert on %1$I referencing new table as n for each statement
         execute function bench.nothing();
       create trigger u after update on %1$I referencing old table as o new table as n for each statement
         execute function bench.nothing()',
      name
    );
  end loop;
end
$$;
