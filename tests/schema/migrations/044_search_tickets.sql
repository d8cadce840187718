create function ticket_text(subject text, body text) returns tsvector
  language sql immutable parallel safe as $$ select to_tsvector('simple', coalesce(subject, '') || ' ' || coalesce(body, '')) $$;
alter table tickets add column search tsvector generated always as (ticket_text(subject, body)) stored;
create index index_tickets_on_search on tickets using gin (search);
