-- Documents whose bodies are stored out of line, beside the bank. Run as the owner after bank.sql.
create table document (
  id integer primary key,
  account_id integer not null references account on delete cascade on update cascade,
  title text not null unique,
  body text not null
);
alter table document alter column body set storage external;
create index document_account on document (account_id);
