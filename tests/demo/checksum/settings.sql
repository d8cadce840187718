-- Makes the text of a value the same on every server. Parameters: none. Returns: nothing. Locks: none.
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set timezone = 'UTC';
set extra_float_digits = 3;
set bytea_output = 'hex';
set search_path = pg_catalog;
