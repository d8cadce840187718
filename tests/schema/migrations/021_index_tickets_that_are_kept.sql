-- no transaction
create index concurrently index_tickets_kept on tickets (account_id, created_at desc) where deleted_at is null;
