-- in batches
update tickets set state = status::ticket_state
where id in (select id from tickets where state is null limit 200);
