-- Tables, keys and types that every version since 9.2 has.
create type mood as enum ('sad', 'ok');
create domain code as text check (value <> '');
create type place as (street text, number int);
create table customer (id serial primary key, name text not null, mood mood default 'ok', home place);
create table product (code code, size numeric(6, 2), price numeric, tags text[], primary key (code, size));
create table purchase (
  id bigserial primary key,
  customer int not null references customer on delete cascade,
  code code not null,
  size numeric(6, 2) not null,
  at timestamptz default now(),
  foreign key (code, size) references product on update cascade
);
create table visit (at timestamptz not null, page text not null, count int, unique (page, at));
create table "Odd ""name""" ("the % key" uuid primary key, "old" text, "new" bytea);
create table note (keyless text);
create table animal (id int primary key, name text);
create table dog (primary key (id), barks boolean) inherits (animal);
create index purchase_at on purchase (at);
create unique index customer_name on customer (lower(name), id) where mood = 'ok';
create sequence ticket start 7;
insert into customer (name) select 'customer ' || i from generate_series(1, 4000) i;
insert into product select 'p' || i, i * 0.5, i, array['a', 'b' || i] from generate_series(1, 300) i;
insert into purchase (customer, code, size)
  select 1 + i % 4000, 'p' || (1 + i % 300), (1 + i % 300) * 0.5 from generate_series(1, 5000) i;
