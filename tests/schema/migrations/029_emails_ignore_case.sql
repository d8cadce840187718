create extension citext;
alter table users alter column email type citext;
create index index_users_on_email on users (email);
