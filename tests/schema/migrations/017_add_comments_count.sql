alter table tickets add column comments_count integer not null default 0;
