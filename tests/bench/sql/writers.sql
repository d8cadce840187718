-- Writers of small transactions, run by the application's role on the source. In a schema of their own,
-- which is not replicated.
create schema bench;

-- One TPC-B transaction without its commit: four changes.
create procedure bench.change_balances(scale integer) language plpgsql as $$
declare
  account integer := 1 + floor(random() * 100000 * scale);
  teller integer := 1 + floor(random() * 10 * scale);
  branch integer := 1 + floor(random() * scale);
  amount integer := floor(random() * 10001) - 5000;
begin
  update accounts set balance = balance + amount where aid = account;
  update tellers set balance = balance + amount where tid = teller;
  update branches set balance = balance + amount where bid = branch;
  insert into history (tid, bid, aid, delta, written_at)
  values (teller, branch, account, amount, clock_timestamp());
end
$$;

-- As many transactions as fast as they go.
create procedure bench.write_backlog(transactions integer, scale integer) language plpgsql as $$
begin
  for n in 1..transactions loop
    call bench.change_balances(scale);
    commit;
  end loop;
end
$$;

-- Transactions at random moments, `mean_ms` apart on average; each ends with a row of probe, whose time
-- is that of the commit but for the commit itself. Ids go from `first` on.
create procedure bench.write_steadily(
  first bigint,
  transactions integer,
  mean_ms double precision,
  scale integer
) language plpgsql as $$
declare
  due timestamptz := clock_timestamp();
begin
  for n in first..first + transactions - 1 loop
    due := due + random() * 2 * mean_ms * interval '1 millisecond';
    perform pg_sleep(greatest(0, extract(epoch from due - clock_timestamp())));
    call bench.change_balances(scale);
    insert into probe values (n, clock_timestamp());
    commit;
  end loop;
end
$$;
