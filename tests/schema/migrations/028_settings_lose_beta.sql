alter table accounts alter column settings set default '{}';
update accounts set settings = settings - 'beta';
