create or replace view open_tickets with (security_barrier) as
  select id, account_id, subject, priority from tickets where state <> 'solved' and deleted_at is null;
