alter table addresses rename column street to swapping;
alter table addresses rename column city to street;
alter table addresses rename column swapping to city;
