-- Generated columns, one of them the key, and a foreign key to a partitioned table (PostgreSQL 12 and
-- newer). Runs as the owner.
create table article (
  id integer generated always as identity primary key,
  name text not null,
  name_length integer generated always as (length(name)) stored,
  words integer
);

create table label (
  name text not null,
  slug text generated always as (lower(name)) stored primary key,
  hits integer not null default 0
);

create table measure_tag (
  region text,
  id integer,
  tag text,
  primary key (region, id, tag),
  foreign key (region, id) references measure on delete cascade on update cascade
);
