alter table tickets add constraint tickets_state_null check (state is not null) not valid;
