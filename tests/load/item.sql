-- A table whose rows are hard to compare: equal values that are not the same, nulls, unique values that swap.
create table item (
  id int primary key,
  label varchar(20) unique,
  amount numeric,
  ratio float8,
  doc json,
  pad char(5),
  big text
);
create index item_amount on item (amount);
create view item_labels as select id, label from item where label is not null;
