-- Partitioned tables of PostgreSQL 10: keys on the leaves only, no default, no moves. Runs as the owner.
create table measure (
  region text not null,
  id integer not null,
  customer_id integer,
  value double precision
) partition by list (region);
create table measure_eu partition of measure for values in ('eu');
create table measure_us partition of measure for values in ('us');
create table measure_asia partition of measure for values in ('jp', 'in') partition by range (id);
create table measure_asia_low partition of measure_asia for values from (minvalue) to (20);
create table measure_asia_high partition of measure_asia for values from (20) to (maxvalue);
alter table measure_eu add primary key (region, id);
alter table measure_us add primary key (region, id);
alter table measure_asia_low add primary key (region, id);
alter table measure_asia_high add primary key (region, id);
alter table measure_eu add foreign key (customer_id)
  references customer on delete cascade on update cascade;
alter table measure_asia_low add foreign key (customer_id)
  references customer on delete set null on update cascade;
