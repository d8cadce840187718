alter table tickets add column public_id uuid not null default gen_random_uuid();
create unique index index_tickets_on_public_id on tickets (public_id);
