drop table tickets_tags;
