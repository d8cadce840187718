-- What triggers_since_10.sql does, without transition tables and ON CONFLICT. Runs as the owner.
create function count_order() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    update counter set orders = orders - 1, spent = spent - old.total
    where customer_id = old.customer_id;
  end if;
  if tg_op <> 'DELETE' then
    update counter set orders = orders + 1, spent = spent + new.total
    where customer_id = new.customer_id;
    if not found then
      insert into counter (customer_id, orders, spent) values (new.customer_id, 1, new.total);
    end if;
  end if;
  return null;
end
$$;
create trigger count_order after insert or update or delete on "order"
  for each row execute procedure count_order();

-- Through its update of the order it fires count_order: nested triggers.
create function sum_lines() returns trigger language plpgsql as $$
begin
  update "order" o
  set total = (select coalesce(sum(l.quantity), 0) from order_line l where l.order_id = o.id)
  where o.id = case tg_op when 'DELETE' then old.order_id else new.order_id end;
  return null;
end
$$;
create trigger sum_inserted after insert on order_line
  for each row execute procedure sum_lines();
create trigger sum_deleted after delete on order_line
  for each row execute procedure sum_lines();

create function park() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    delete from vehicle where id = old.id;
  end if;
  if tg_op = 'DELETE' then
    return old;
  elsif new.kind = 'car' then
    insert into car (id, name, doors)
    select new.id, new.name, 4 where not exists (select 1 from only car where id = new.id);
  else
    insert into lorry (id, name)
    select new.id, new.name where not exists (select 1 from only lorry where id = new.id);
  end if;
  return new;
end
$$;
create trigger park instead of insert or update or delete on garage
  for each row execute procedure park();
