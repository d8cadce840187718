alter table tickets alter column id type bigint;
alter sequence tickets_id_seq as bigint;
