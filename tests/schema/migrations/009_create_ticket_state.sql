create type ticket_state as enum ('open', 'waiting', 'closed');
alter table tickets add column state ticket_state;
alter table tickets alter column state set default 'open';
