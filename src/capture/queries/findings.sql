-- Wanted relations whose rows are not captured, or not all of them, and why; partitions that travel
-- through their root included. Parameters: none. Returns: schema, name, reason. Takes no locks.
select c.schema_name as schema, c.table_name as name, coalesce(c.reason, c.finding) as reason
from teleport.capture c
where c.is_wanted and (c.reason is not null or c.finding is not null)
order by c.schema_name, c.table_name;
