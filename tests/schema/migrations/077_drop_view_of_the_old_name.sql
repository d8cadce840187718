drop view tickets;
create or replace function count_comments() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update conversations set comments_count = comments_count + 1 where id = new.ticket_id;
  else
    update conversations set comments_count = comments_count - 1 where id = old.ticket_id;
  end if;
  return null;
end
$$;
