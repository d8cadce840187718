alter table tickets drop column status;
