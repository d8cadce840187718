alter table tickets add column tag_names text[] not null default '{}';
create index index_tickets_on_tag_names on tickets using gin (tag_names);
