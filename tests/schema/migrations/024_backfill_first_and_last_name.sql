-- in batches
update users set first_name = split_part(full_name, ' ', 1), last_name = split_part(full_name, ' ', 2)
where id in (select id from users where first_name is null and full_name is not null limit 200);
