alter domain billing.amount add constraint amount_is_small check (value < 1000000) not valid;
alter domain billing.amount validate constraint amount_is_small;
