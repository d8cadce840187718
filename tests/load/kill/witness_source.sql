-- Notes each sending of a chunk, in the transaction that comes before its first row, and each chunk that is
-- recorded as done. Run as superuser where teleport's schema is there. Takes no locks that matter.
create schema witness;
create table witness.sending (
  load text not null,
  number integer not null,
  -- Whether the chunk was recorded as done.
  was_done boolean not null,
  at timestamptz not null default clock_timestamp()
);
create table witness.done (
  load text not null,
  number integer not null,
  at timestamptz not null default clock_timestamp()
);
create function witness.note_chunk() returns trigger language plpgsql security definer as $$
begin
  if new.done_at is null then
    insert into witness.sending values (new.load, new.number, old.done_at is not null);
  else
    insert into witness.done values (new.load, new.number);
  end if;
  return null;
end
$$;
create trigger witness after update on teleport.chunk
  for each row execute procedure witness.note_chunk();
