create table attachments (
  id bigserial primary key,
  attachable_type varchar(40) not null,
  attachable_id integer not null,
  file_name text not null,
  size bigint not null check (size >= 0)
);
create index index_attachments_on_attachable on attachments (attachable_type, attachable_id);
