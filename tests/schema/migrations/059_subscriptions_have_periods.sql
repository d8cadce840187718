alter table billing.subscriptions add column period daterange generated always as (daterange(starts_on, ends_on)) stored;
create index index_subscriptions_on_period on billing.subscriptions using gist (period);
