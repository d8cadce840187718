alter table tickets add column category_id integer;
alter table tickets add constraint tickets_category foreign key (category_id) references categories on delete set null not valid;
alter table tickets validate constraint tickets_category;
