create sequence billing.invoice_number start 1000;
alter table billing.invoices add column number bigint not null default nextval('billing.invoice_number');
alter sequence billing.invoice_number owned by billing.invoices.number;
create unique index index_invoices_on_number on billing.invoices (number);
