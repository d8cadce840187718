-- Generated columns, one of them the key, and a foreign key to a partitioned table (PostgreSQL 12 and
-- newer). Runs as the owner.
create table article (
  id integer generated always as identity primary key,
  name text not null,
  name_length integer generated always as (length(name)) stored,
  marks word[],
  words integer
);

create table label (
  name text not null,
  slug text generated always as (lower(name)) stored primary key,
  hits integer not null default 0
);

create table parcel (
  region text,
  id integer,
  weight numeric,
  primary key (region, id)
) partition by list (region);
create table parcel_eu partition of parcel for values in ('eu');
create table parcel_rest partition of parcel default;

create table parcel_tag (
  region text,
  id integer,
  tag text,
  primary key (region, id, tag),
  foreign key (region, id) references parcel on delete cascade on update cascade
);
