create schema archive;
create table archive.conversations (like public.conversations including defaults including generated);
alter table archive.conversations add primary key (id);
with old as (
  delete from conversations where id in (select id from conversations order by id limit 20) returning *
)
insert into archive.conversations (id, account_id, requester_id, subject, body, created_at, updated_at, priority, public_id, state, comments_count, deleted_at)
  select id, account_id, requester_id, subject, body, created_at, updated_at, priority, public_id, state, comments_count, deleted_at from old;
