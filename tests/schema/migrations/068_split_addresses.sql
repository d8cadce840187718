create table addresses (
  id serial primary key,
  account_id integer not null unique references accounts on delete cascade,
  street text,
  city text
);
lock table accounts in share row exclusive mode;
insert into addresses (account_id, street, city) select id, street, city from accounts where city is not null;
alter table accounts drop column street, drop column city;
