create view open_tickets as select id, account_id, subject from tickets where state <> 'solved' and deleted_at is null;
create view account_load as select a.id, a.name, count(o.id) as open from accounts a left join open_tickets o on o.account_id = a.id group by a.id;
