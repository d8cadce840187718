alter table messages drop constraint comments_author_id_fkey;
alter table messages add constraint messages_author foreign key (author_id) references users on delete set null not valid;
