create schema billing;
alter table plans set schema billing;
alter table subscriptions set schema billing;
alter table invoices set schema billing;
alter type plan_kind set schema billing;
alter domain amount set schema billing;
