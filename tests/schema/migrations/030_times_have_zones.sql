set timezone = 'UTC';
alter table tickets alter column created_at type timestamptz, alter column updated_at type timestamptz, alter column deleted_at type timestamptz;
alter table users alter column created_at type timestamptz using created_at at time zone 'UTC';
reset timezone;
