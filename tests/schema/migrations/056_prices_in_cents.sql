alter table billing.plans alter column price drop default;
alter table billing.plans alter column price type integer using (price * 100)::integer;
alter table billing.plans rename column price to price_cents;
alter table billing.plans alter column price_cents set default 0;
