alter table messages alter column ticket_id type bigint;
alter table tickets_tags alter column ticket_id type bigint;
