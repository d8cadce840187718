create table schema_migrations (version character varying not null primary key);
create table ar_internal_metadata (
  key character varying not null primary key, value character varying,
  created_at timestamp(6) without time zone not null, updated_at timestamp(6) without time zone not null
);

create table accounts (
  id bigserial primary key,
  uuid uuid not null default uuid_generate_v4(),
  name text not null,
  subdomain citext not null,
  state account_state not null default 'trial',
  settings hstore not null default '"theme"=>"light", "beta"=>"off"',
  billing_address postal_address,
  plan_id bigint,
  owner_id bigint,
  parent_id bigint references accounts on delete set null,
  locale locale_code,
  trial_ends_at timestamp default (now() at time zone 'utc') + interval '14 days',
  created_at timestamp not null default now(),
  updated_at timestamp not null default now(),
  constraint subdomain_is_a_label check (subdomain ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
  constraint no_parent_of_itself check (parent_id is null or parent_id <> id)
);
create unique index index_accounts_on_subdomain on accounts (subdomain);
create unique index index_accounts_on_uuid on accounts (uuid);
create index index_accounts_on_settings on accounts using gin (settings);
create index index_accounts_on_name_trigram on accounts using gin (name gin_trgm_ops);
create index index_accounts_that_pay on accounts (plan_id, created_at desc) where state in ('active', 'past_due');
comment on table accounts is 'Tenants. Everything below belongs to one.';
comment on column accounts.settings is E'Feature switches:\n"theme", "beta" and whatever \\ sales promised';
comment on index index_accounts_that_pay is 'For the dunning job';

create table users (
  id bigserial primary key,
  email email_address not null,
  encrypted_password varchar(128) not null default '',
  reset_password_token text,
  confirmation_token text default short_token(20),
  sign_in_count integer not null default 0,
  current_sign_in_ip inet,
  last_sign_in_ip inet,
  first_name text, last_name text,
  full_name_key text,
  birthday date check (birthday > '1900-01-01' and birthday < '2100-01-01'),
  time_zone text not null default 'Etc/UTC',
  preferences jsonb not null default '{"mail": {"weekly": true}}',
  roles text[] not null default '{customer}',
  locked_at timestamptz,
  invited_by_id bigint,
  default_account_id bigint,
  created_at timestamp not null default now(),
  updated_at timestamp not null default now(),
  constraint users_email_key unique (email),
  constraint "either a name or a mail" check (first_name is not null or last_name is not null or email is not null)
);
alter table users add constraint fk_rails_invited_by foreign key (invited_by_id) references users (id) on delete set null;
alter table users add constraint fk_rails_default_account foreign key (default_account_id) references accounts (id)
  deferrable initially deferred;
alter table accounts add constraint fk_rails_owner foreign key (owner_id) references users (id) deferrable;
create index users_by_name on users (lower(last_name) text_pattern_ops, lower(first_name) desc nulls last);
create index users_by_whole_name on users (normalized(coalesce(first_name, '') || ' ' || coalesce(last_name, '')));
create index users_with_role on users using gin (roles);
create index users_preferences on users using gin (preferences jsonb_path_ops) with (fastupdate = off);
create unique index users_reset_token on users (reset_password_token) where reset_password_token is not null;
alter table users alter column preferences set storage external;
alter table users alter column email set statistics 500;
alter table users set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_enabled = false);

create table memberships (
  id bigserial primary key,
  account_id bigint not null references accounts on delete cascade,
  user_id bigint not null references users on delete cascade,
  role text not null default 'member' check (role in ('owner', 'admin', 'member', 'guest')),
  title varchar(80),
  period daterange not null default daterange(current_date, null),
  constraint one_membership_at_a_time exclude using gist (account_id with =, user_id with =, period with &&)
);
create unique index memberships_one_owner on memberships (account_id) where role = 'owner';
create table invitations (
  id uuid primary key default uuid_generate_v4(),
  account_id bigint not null references accounts on delete cascade,
  inviter_id bigint references users on delete set null,
  email email_address not null, token text not null unique default short_token(),
  accepted_at timestamptz, expires_at timestamptz not null default now() + '7 days',
  unique (account_id, email)
);
create table identities (
  id bigserial primary key, user_id bigint not null references users on delete cascade,
  provider varchar(32) not null, uid text not null, auth jsonb, unique (provider, uid)
);
create table sessions (
  id bigserial primary key, session_id text not null, data bytea, user_id bigint references users on delete cascade,
  ip inet, network cidr, hardware macaddr, updated_at timestamp
) with (fillfactor = 70);
create unique index on sessions (session_id);
create index on sessions (updated_at);
create index sessions_network on sessions using gist (network inet_ops);
create table api_keys (
  id bigserial primary key, account_id bigint not null references accounts, user_id bigint references users,
  name text not null default 'default', digest bytea not null unique check (octet_length(digest) = 32),
  scopes text[] default array['read'::text, 'write'::text], last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_live on api_keys (account_id) where revoked_at is null;
create table oauth_applications (
  id bigserial primary key, name text not null, uid text not null unique, secret text not null,
  redirect_uri text, scopes text not null default '', confidential boolean not null default true,
  created_at timestamp not null, updated_at timestamp not null
);
create table oauth_access_grants (
  id bigserial primary key, resource_owner_id bigint not null references users,
  application_id bigint not null references oauth_applications, token text not null unique,
  expires_in integer not null, redirect_uri text not null, created_at timestamp not null, scopes text
);
create table oauth_access_tokens (
  id bigserial primary key, resource_owner_id bigint references users,
  application_id bigint references oauth_applications, token text not null unique, refresh_token text unique,
  expires_in integer, revoked_at timestamp, created_at timestamp not null, scopes text,
  previous_refresh_token text not null default ''
);
create table roles (id serial primary key, name citext unique not null, permissions bit varying(64) not null default B'0');
create table user_roles (
  user_id bigint references users on delete cascade, role_id integer references roles on delete restrict,
  granted_at timestamptz default current_timestamp, granted_by text default current_user, primary key (user_id, role_id)
);
create table teams (
  id bigint generated by default as identity (start with 1000) primary key,
  account_id bigint not null references accounts, name text not null, parent_id bigint references teams (id),
  path text, lead_id bigint, unique (account_id, name), unique (account_id, id)
);
create table team_members (
  account_id bigint not null, team_id bigint not null, user_id bigint not null references users on delete cascade,
  since date not null default '-infinity', primary key (team_id, user_id),
  foreign key (account_id, team_id) references teams (account_id, id) match full on update cascade on delete cascade
);
alter table teams add constraint lead_is_a_member foreign key (id, lead_id) references team_members (team_id, user_id)
  deferrable initially deferred;
create table login_attempts (
  id bigserial, at timestamptz not null default clock_timestamp(), email citext, ip inet, ok boolean not null default false,
  constraint login_attempts_pkey primary key (id) with (fillfactor = 100)
);
create index login_attempts_at on login_attempts using brin (at) with (pages_per_range = 32);
create index login_attempts_ip on login_attempts using hash (ip);
create unlogged table rate_limits (key text primary key, hits integer not null default 1, resets_at timestamptz);

create trigger touch_accounts before update on accounts for each row execute procedure touch();
create trigger touch_users before update on users for each row when (old.* is distinct from new.*) execute procedure touch();
comment on trigger touch_users on users is 'Not when nothing changed';
alter table api_keys enable row level security;
create policy own_keys on api_keys using (account_id = current_account_id());
comment on policy own_keys on api_keys is 'The application sets shop.account_id';
