alter table tickets validate constraint tickets_state_null;
alter table tickets alter column state set not null;
alter table tickets drop constraint tickets_state_null;
