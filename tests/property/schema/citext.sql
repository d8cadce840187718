-- A key of which Ann and ANN are one value (trusted extensions: PostgreSQL 13 and newer). Runs as the owner, who
-- may create in the database.
create extension citext;

create table nickname (
  name citext primary key,
  said text unique,
  times integer not null default 0
);
