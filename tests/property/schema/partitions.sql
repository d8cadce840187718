-- Partitioned tables where a key of the whole is possible (PostgreSQL 11 and newer): by list with a
-- middle level by range and a default, and by hash. Runs as the owner.
create table measure (
  region text,
  id integer,
  customer_id integer references customer on delete cascade on update cascade,
  value double precision,
  primary key (region, id)
) partition by list (region);
create table measure_eu partition of measure for values in ('eu');
create table measure_us partition of measure for values in ('us');
create table measure_asia partition of measure for values in ('jp', 'in') partition by range (id);
create table measure_asia_low partition of measure_asia for values from (minvalue) to (20);
create table measure_asia_high partition of measure_asia for values from (20) to (maxvalue);
create table measure_rest partition of measure default;

create table bucket (
  id integer primary key,
  note text
) partition by hash (id);
create table bucket_0 partition of bucket for values with (modulus 3, remainder 0);
create table bucket_1 partition of bucket for values with (modulus 3, remainder 1);
-- Its columns lie in another order than its parent's.
create table bucket_2 (note text, gone text, id integer not null);
alter table bucket_2 drop column gone;
alter table bucket attach partition bucket_2 for values with (modulus 3, remainder 2);
