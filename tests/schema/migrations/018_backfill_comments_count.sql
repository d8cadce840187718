-- in batches
update tickets t set comments_count = c.number
from (select ticket_id, count(*) as number from comments group by ticket_id) c
where c.ticket_id = t.id and t.comments_count = 0
  and t.id in (select id from tickets where comments_count = 0 and id in (select ticket_id from comments) limit 100);
