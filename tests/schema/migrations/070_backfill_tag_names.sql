-- in batches
update tickets t set tag_names = g.names
from (select ticket_id, array_agg(name order by name) as names from tickets_tags join tags on tags.id = tag_id group by ticket_id) g
where g.ticket_id = t.id and t.tag_names = '{}'
  and t.id in (select id from tickets where tag_names = '{}' and id in (select ticket_id from tickets_tags) limit 200);
