create table messages_tidy (like messages including defaults including indexes);
lock table messages in share row exclusive mode;
insert into messages_tidy select * from messages;
alter sequence messages_id_seq owned by none;
alter table messages rename to messages_untidy;
alter table messages_tidy rename to messages;
alter sequence messages_id_seq owned by messages.id;
create trigger messages_count after insert or delete on messages for each row execute procedure count_comments();
drop table messages_untidy;
