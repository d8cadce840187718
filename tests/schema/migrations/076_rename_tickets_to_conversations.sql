alter table tickets rename to conversations;
create view tickets as select * from conversations;
