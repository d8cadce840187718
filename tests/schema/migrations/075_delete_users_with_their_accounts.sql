alter table users drop constraint users_account_id_fkey;
alter table users add constraint users_account foreign key (account_id) references accounts on delete cascade;
