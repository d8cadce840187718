lock table tickets in share row exclusive mode;
create or replace function ticket_text(subject text, body text) returns tsvector
  language sql immutable parallel safe as $$
    select setweight(to_tsvector('simple', coalesce(subject, '')), 'A') || to_tsvector('simple', coalesce(body, ''))
  $$;
update tickets set subject = subject;
