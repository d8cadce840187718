alter table messages add constraint messages_id_wide_null check (id_wide is not null) not valid;
alter table messages validate constraint messages_id_wide_null;
