alter table accounts add column settings jsonb not null default '{"locale": "en", "beta": false}';
create index index_accounts_on_settings on accounts using gin (settings);
