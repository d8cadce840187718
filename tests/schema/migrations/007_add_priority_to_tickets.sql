alter table tickets add column priority smallint not null default 3;
