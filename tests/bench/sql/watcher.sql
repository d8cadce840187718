-- Run by the superuser on the target: notes when rows of probe become visible. It looks every 2 ms, in a
-- new transaction each time, so it keeps nothing from being vacuumed.
create schema bench;

create procedure bench.watch_probe(
  last bigint,
  deadline timestamptz,
  inout ids bigint[] default '{}',
  inout seen_at timestamptz[] default '{}'
) language plpgsql as $$
declare
  known bigint;
  newest bigint;
begin
  select coalesce(max(id), 0) into known from public.probe;
  while known < last and clock_timestamp() < deadline loop
    perform pg_sleep(0.002);
    select coalesce(max(id), 0) into newest from public.probe;
    if newest > known then
      ids := ids || newest;
      seen_at := seen_at || clock_timestamp();
      known := newest;
    end if;
    commit;
  end loop;
end
$$;
