-- Pins every setting of the session that changes what a value looks like or how long a statement may
-- take, so that roles and databases with settings of their own cannot change the outcome. Settings
-- that this server does not know are passed over. Parameters: none. Returns: the pinned names.
-- Takes no locks.
select pg_catalog.set_config(pinned.name, pinned.value, false)
from (
  values
    ('search_path', 'pg_catalog, pg_temp'),
    ('client_encoding', 'UTF8'),
    ('datestyle', 'ISO, YMD'),
    ('intervalstyle', 'postgres'),
    ('timezone', 'UTC'),
    ('extra_float_digits', '3'),
    ('bytea_output', 'hex'),
    ('xmloption', 'content'),
    ('array_nulls', 'on'),
    ('lc_monetary', 'C'),
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on'),
    ('row_security', 'off'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_read_only', 'off'),
    ('default_transaction_deferrable', 'off'),
    ('statement_timeout', '0'),
    ('lock_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('check_function_bodies', 'off'),
    ('synchronize_seqscans', 'off'),
    -- Compiling a statement that runs once costs more than it saves; the source's cores are its own.
    ('jit', 'off'),
    -- What is prepared is small and asked for all the time; to plan it for each call costs more than it runs.
    ('plan_cache_mode', 'force_generic_plan'),
    ('max_parallel_workers_per_gather', '0')
) as pinned (name, value)
-- Three of them are spelled with capitals there: DateStyle, IntervalStyle and TimeZone.
join pg_catalog.pg_settings known on pg_catalog.lower(known.name) = pinned.name
union all
-- An acknowledged batch must survive a crash; a stronger setting than "on" stays.
select pg_catalog.set_config('synchronous_commit', 'on', false)
from pg_catalog.pg_settings
where name = 'synchronous_commit' and setting = 'off';
