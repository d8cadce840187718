alter table users add column first_name text, add column last_name text;
