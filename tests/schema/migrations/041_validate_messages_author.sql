alter table messages validate constraint messages_author;
