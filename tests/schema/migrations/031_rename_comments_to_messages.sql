alter table comments rename to messages;
alter sequence comments_id_seq rename to messages_id_seq;
alter index comments_pkey rename to messages_pkey;
alter index index_comments_on_ticket_id rename to index_messages_on_ticket_id;
alter trigger comments_count on messages rename to messages_count;
