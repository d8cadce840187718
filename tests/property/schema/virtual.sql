-- A column that is computed when it is read (PostgreSQL 18). Runs as the owner.
alter table article add column shout text generated always as (upper(name)) virtual;
