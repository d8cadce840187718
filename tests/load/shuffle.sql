-- Chunks in any order: their numbers, by which they are taken, are mixed up where the round's salt is odd.
-- 10007 is a prime: different numbers stay different.
create sequence public.salt;
grant select on public.salt to public;
create function public.shuffle() returns trigger language plpgsql as $$
declare
  salt bigint := (select last_value from public.salt);
begin
  if salt % 2 = 1 then
    new.number := ((new.number + 1) * (salt * 7919 % 10006 + 1)) % 10007;
  end if;
  return new;
end $$;
create trigger shuffle before insert on teleport.chunk
  for each row execute procedure public.shuffle();
