-- no transaction
reindex index concurrently index_tickets_kept;
