create unlogged table sessions (
  token text primary key default md5(random()::text || clock_timestamp()),
  user_id integer,
  seen_at timestamptz default now()
);
