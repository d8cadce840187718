-- 1,000 tables of 20 columns with a serial key, an index, a check and a foreign key each, and 100 enums,
-- functions and views, as a large application has them. Parameters: none. Locks: none but on what is new.
do $$
begin
  for n in 1..100 loop
    execute format('create type kind_%s as enum (''a'', ''b'', ''c'')', n);
    execute format('create function twice_%s(integer) returns integer language sql immutable as ''select $1 * 2''', n);
  end loop;
  for n in 1..1000 loop
    execute format(
      'create table table_%1$s (id serial primary key, parent integer %3$s, kind kind_%2$s default ''a'',
         amount numeric(12, 2) not null default 0 check (amount >= 0), note text collate "C" default ''x'',
         made timestamptz not null default now(), c1 integer, c2 integer, c3 text, c4 text, c5 bigint, c6 bigint,
         c7 boolean default false, c8 date, c9 uuid, c10 jsonb default ''{}'', c11 integer[], c12 text[],
         c13 double precision, c14 varchar(50))',
      n, n % 100 + 1, case when n > 1 then 'references table_' || n - 1 else '' end
    );
    execute format('create index on table_%s (parent, made)', n);
  end loop;
  for n in 1..100 loop
    execute format('create view view_%1$s as select id, amount, twice_%1$s(c1) as twice from table_%1$s', n);
  end loop;
end
$$
