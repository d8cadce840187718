create table categories (id serial primary key, parent_id integer references categories, name text not null);
insert into categories (id, parent_id, name) values (1, null, 'All'), (2, 1, 'Hardware'), (3, 2, 'Printers');
create recursive view category_paths (id, path) as
  select id, name from categories where parent_id is null
  union all
  select c.id, p.path || ' / ' || c.name from categories c join category_paths p on p.id = c.parent_id;
