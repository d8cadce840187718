drop view account_load;
drop view open_tickets;
alter table tickets drop column search;
alter table tickets alter column subject type text;
alter table tickets add column search tsvector generated always as (ticket_text(subject, body)) stored;
create index index_tickets_on_search on tickets using gin (search);
create view open_tickets as select id, account_id, subject, priority from tickets where state <> 'solved' and deleted_at is null;
