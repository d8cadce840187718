-- no transaction
create unique index concurrently messages_wide_pkey on messages (id_wide);
