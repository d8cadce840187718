alter table events detach partition events_past;
