create table tags (id serial primary key, name varchar(50) not null);
create table tickets_tags (
  ticket_id integer not null references tickets on delete cascade,
  tag_id integer not null references tags on delete cascade,
  primary key (ticket_id, tag_id)
);
