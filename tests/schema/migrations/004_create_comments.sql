create table comments (
  id serial primary key,
  ticket_id integer not null references tickets on delete cascade,
  author_id integer references users,
  body text not null,
  created_at timestamp not null default now()
);
create index index_comments_on_ticket_id on comments (ticket_id);
