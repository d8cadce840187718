create table teams (id integer generated always as identity primary key, account_id integer references accounts, name text);
create table memberships (
  team_id integer not null references teams on delete cascade,
  user_id integer not null references users on delete cascade,
  primary key (team_id, user_id)
);
