create function count_comments() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update tickets set comments_count = comments_count + 1 where id = new.ticket_id;
  else
    update tickets set comments_count = comments_count - 1 where id = old.ticket_id;
  end if;
  return null;
end
$$;
create trigger comments_count after insert or delete on comments
  for each row execute procedure count_comments();
