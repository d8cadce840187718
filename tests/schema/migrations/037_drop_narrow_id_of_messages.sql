alter table messages drop column id_narrow;
