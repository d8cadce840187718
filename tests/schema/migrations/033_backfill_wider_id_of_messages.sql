-- in batches
update messages set id_wide = id where id in (select id from messages where id_wide is null limit 300);
