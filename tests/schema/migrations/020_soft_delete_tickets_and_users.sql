alter table tickets add column deleted_at timestamp;
alter table users add column deleted_at timestamp;
