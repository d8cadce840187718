alter table conversations set (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
create statistics conversation_statistics (dependencies) on account_id, priority from conversations;
alter table events_rest set (fillfactor = 95);
