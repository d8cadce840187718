-- Everything that teleport's role needs at the source, beside CREATE on the database.
-- Parameters: none; the role is named teleport. Returns: nothing. Locks: none to speak of.
grant usage on schema public to teleport;
grant select, trigger on all tables in schema public to teleport;
grant select on all sequences in schema public to teleport;
