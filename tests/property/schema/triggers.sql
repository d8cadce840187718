-- The application's own triggers and rules: they write other tables, change rows and keys before they
-- are stored, delete rows of the same table, and act at the end of the transaction. Runs as the owner.
create function count_change() returns trigger language plpgsql as $$
begin
  new.changes := old.changes + 1;
  return new;
end
$$;
create trigger count_change before update on customer
  for each row execute procedure count_change();

create function tell() returns trigger language plpgsql as $$
begin
  insert into audit (what) values (tg_table_name || ' ' || lower(tg_op));
  insert into keyless (what) values (tg_table_name);
  return null;
end
$$;
create trigger tell after delete on customer for each row execute procedure tell();
create trigger tell after insert or delete on "order" for each statement execute procedure tell();
create trigger tell after truncate on order_line for each statement execute procedure tell();
-- A row that the truncating statement itself writes into the emptied table.
create trigger tell after truncate on audit for each statement execute procedure tell();
create constraint trigger tell_late after insert or update on tree deferrable initially deferred
  for each row execute procedure tell();

-- Another key than the statement asked for.
create function step_aside() returns trigger language plpgsql as $$
begin
  while exists (select 1 from "a b" where "x""y" = new."x""y" and "Größe" = new."Größe") loop
    new."x""y" := new."x""y" + 100;
  end loop;
  return new;
end
$$;
create trigger step_aside before insert on "a b"
  for each row when (new."select" like 'aside%') execute procedure step_aside();

create function forget_old() returns trigger language plpgsql as $$
begin
  delete from reading where value < 0 and mood = 'cross';
  return null;
end
$$;
create trigger forget_old after insert on reading
  for each statement execute procedure forget_old();

create function swap_shelf() returns trigger language plpgsql as $$
begin
  update product set shelf = null where shelf = new.shelf and sku <> new.sku;
  return new;
end
$$;
create trigger swap_shelf before insert or update of shelf on product
  for each row when (new.shelf is not null) execute procedure swap_shelf();

create rule note_slot as on update to slot
  do also insert into audit (what) values ('slot ' || old.id || ' to ' || new.id);
