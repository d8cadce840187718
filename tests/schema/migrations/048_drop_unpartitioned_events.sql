drop table events_unpartitioned;
