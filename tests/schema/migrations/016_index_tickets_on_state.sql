-- no transaction
create index concurrently index_tickets_on_account_id_and_state on tickets (account_id, state);
drop index concurrently index_tickets_on_account_id;
