alter table messages add column id_wide bigint;
create function widen_message_id() returns trigger language plpgsql as $$
begin
  new.id_wide := new.id;
  return new;
end
$$;
create trigger widen_id before insert or update on messages
  for each row execute procedure widen_message_id();
