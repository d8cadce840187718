alter table sessions set logged;
alter table sessions add column agent text;
